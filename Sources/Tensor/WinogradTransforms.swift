import CVector

// The one-dimensional transforms of F(4,3), with interpolation points 0, ±1, ±2 and ∞ (Lavin and
// Gray 2016, "Fast algorithms for convolutional neural networks", §4.3), on vectors of channels.
// Letters are the paper's: d input, g weights, m products, y outputs.

typealias Six = (Vector, Vector, Vector, Vector, Vector, Vector)

@inline(__always) private func constant(_ value: Float) -> Vector { Vector(repeating: value) }

enum WinogradTransform {
  /// Bᵀ·d: six inputs to six points.
  @inline(__always) static func input(
    _ d0: Vector, _ d1: Vector, _ d2: Vector, _ d3: Vector, _ d4: Vector, _ d5: Vector
  ) -> Six {
    let a = cvector_fma(constant(-4), d2, d4)
    let b = cvector_fma(constant(-4), d1, d3)
    let c = cvector_subtract(d4, d2)
    let e = cvector_subtract(d3, d1)
    return (
      cvector_fma(constant(4), d0, cvector_fma(constant(-5), d2, d4)),
      cvector_add(a, b), cvector_subtract(a, b),
      cvector_fma(constant(2), e, c), cvector_fma(constant(-2), e, c),
      cvector_fma(constant(4), d1, cvector_fma(constant(-5), d3, d5))
    )
  }

  /// Aᵀ·m: six points to four outputs.
  @inline(__always) static func output(
    _ m0: Vector, _ m1: Vector, _ m2: Vector, _ m3: Vector, _ m4: Vector, _ m5: Vector
  ) -> (Vector, Vector, Vector, Vector) {
    let p = cvector_add(m1, m2)
    let q = cvector_subtract(m1, m2)
    let r = cvector_add(m3, m4)
    let s = cvector_subtract(m3, m4)
    return (
      cvector_add(cvector_add(m0, p), r), cvector_fma(constant(2), s, q),
      cvector_fma(constant(4), r, p), cvector_fma(constant(8), s, cvector_add(q, m5))
    )
  }

  /// A·y: four output gradients to six points.
  @inline(__always) static func gradient(
    _ y0: Vector, _ y1: Vector, _ y2: Vector, _ y3: Vector
  ) -> Six {
    let even = cvector_add(y0, y2)
    let odd = cvector_add(y1, y3)
    let even2 = cvector_fma(constant(4), y2, y0)
    let odd2 = cvector_fma(constant(4), y3, y1)
    return (
      y0, cvector_add(even, odd), cvector_subtract(even, odd),
      cvector_fma(constant(2), odd2, even2), cvector_fma(constant(-2), odd2, even2), y3
    )
  }

  /// G·g: three weights to six points.
  @inline(__always) static func weights(_ g0: Vector, _ g1: Vector, _ g2: Vector) -> Six {
    let s = cvector_multiply(cvector_add(g0, g2), constant(-1.0 / 6))
    let t = cvector_multiply(g1, constant(1.0 / 6))
    let u = cvector_fma(constant(1.0 / 6), g2, cvector_multiply(g0, constant(1.0 / 24)))
    let v = cvector_multiply(g1, constant(1.0 / 12))
    return (
      cvector_multiply(g0, constant(0.25)), cvector_subtract(s, t), cvector_add(s, t),
      cvector_add(u, v), cvector_subtract(u, v), g2
    )
  }

  /// Gᵀ·m: six points to three weight gradients.
  @inline(__always) static func weightGradient(
    _ m0: Vector, _ m1: Vector, _ m2: Vector, _ m3: Vector, _ m4: Vector, _ m5: Vector
  ) -> (Vector, Vector, Vector) {
    let sum12 = cvector_add(m1, m2)
    let sum34 = cvector_add(m3, m4)
    let inner = cvector_fma(constant(-1.0 / 6), sum12, cvector_multiply(m0, constant(0.25)))
    let difference34 = cvector_multiply(cvector_subtract(m3, m4), constant(1.0 / 12))
    return (
      cvector_fma(constant(1.0 / 24), sum34, inner),
      cvector_fma(constant(1.0 / 6), cvector_subtract(m2, m1), difference34),
      cvector_fma(constant(1.0 / 6), cvector_subtract(sum34, sum12), m5)
    )
  }
}

/// Tiles of 4×4 pixels in the transformed domain: 36 points, each a matrix [tiles][channels].
struct WinogradTiles {
  /// Point p's matrix starts at `base + p·pointStride`, in vectors.
  let base: VectorPointer
  let pointStride: Int

  func advanced(byTiles tiles: Int, columns: Int) -> WinogradTiles {
    WinogradTiles(base: base + tiles * columns, pointStride: pointStride)
  }

  @inline(__always) func storeRow(_ row: Int, at offset: Int, _ six: Six) {
    let p = base + row * 6 * pointStride + offset
    p[0] = six.0
    p[pointStride] = six.1
    p[2 * pointStride] = six.2
    p[3 * pointStride] = six.3
    p[4 * pointStride] = six.4
    p[5 * pointStride] = six.5
  }
}

/// Transforms rows of tiles of one image, `side` pixels wide, with `columns` vectors of channels.
struct WinogradImage {
  let side: Int
  let columns: Int
  /// Room for 6·(side + 2) vectors.
  let scratch: VectorPointer

  /// Bᵀ·d·B of rows of tiles of a padded image.
  @inline(__always) func transformInput(
    _ padded: VectorPointer, tileRows: Range<Int>, into tiles: WinogradTiles
  ) {
    let paddedSide = side + 2
    let row = paddedSide * columns
    for (index, tileRow) in tileRows.enumerated() {
      for column in 0..<columns {
        let top = padded + 4 * tileRow * row + column
        for x in 0..<paddedSide {
          let d = top + x * columns
          let six = WinogradTransform.input(
            d[0], d[row], d[2 * row], d[3 * row], d[4 * row], d[5 * row])
          let t = scratch + x
          t[0] = six.0
          t[paddedSide] = six.1
          t[2 * paddedSide] = six.2
          t[3 * paddedSide] = six.3
          t[4 * paddedSide] = six.4
          t[5 * paddedSide] = six.5
        }
        for tile in 0..<side / 4 {
          let offset = (index * (side / 4) + tile) * columns + column
          for i in 0..<6 {
            let t = scratch + i * paddedSide + 4 * tile
            tiles.storeRow(
              i, at: offset, WinogradTransform.input(t[0], t[1], t[2], t[3], t[4], t[5]))
          }
        }
      }
    }
  }

  /// A·y·Aᵀ of rows of tiles of the interior of a padded image.
  @inline(__always) func transformGradient(
    _ padded: VectorPointer, tileRows: Range<Int>, into tiles: WinogradTiles
  ) {
    let row = (side + 2) * columns
    let interior = padded + row + columns
    for (index, tileRow) in tileRows.enumerated() {
      for tile in 0..<side / 4 {
        for column in 0..<columns {
          let y = interior + 4 * tileRow * row + 4 * tile * columns + column
          let offset = (index * (side / 4) + tile) * columns + column
          let c0 = gradientColumn(y, row)
          let c1 = gradientColumn(y + columns, row)
          let c2 = gradientColumn(y + 2 * columns, row)
          let c3 = gradientColumn(y + 3 * columns, row)
          tiles.storeRow(0, at: offset, WinogradTransform.gradient(c0.0, c1.0, c2.0, c3.0))
          tiles.storeRow(1, at: offset, WinogradTransform.gradient(c0.1, c1.1, c2.1, c3.1))
          tiles.storeRow(2, at: offset, WinogradTransform.gradient(c0.2, c1.2, c2.2, c3.2))
          tiles.storeRow(3, at: offset, WinogradTransform.gradient(c0.3, c1.3, c2.3, c3.3))
          tiles.storeRow(4, at: offset, WinogradTransform.gradient(c0.4, c1.4, c2.4, c3.4))
          tiles.storeRow(5, at: offset, WinogradTransform.gradient(c0.5, c1.5, c2.5, c3.5))
        }
      }
    }
  }

  @inline(__always) private func gradientColumn(_ y: VectorPointer, _ row: Int) -> Six {
    WinogradTransform.gradient(y[0], y[row], y[2 * row], y[3 * row])
  }

  /// Aᵀ·m·A into rows of tiles of an image without border.
  @inline(__always) func transformOutput(
    _ tiles: WinogradTiles, tileRows: Range<Int>, into image: VectorPointer
  ) {
    let row = side * columns
    for (index, tileRow) in tileRows.enumerated() {
      for tile in 0..<side / 4 {
        for column in 0..<columns {
          let offset = (index * (side / 4) + tile) * columns + column
          outputTile(
            tiles.base + offset, tiles.pointStride,
            to: image + 4 * tileRow * row + 4 * tile * columns + column, row)
        }
      }
    }
  }

  @inline(__always) private func outputTile(
    _ m: VectorPointer, _ point: Int, to y: VectorPointer, _ row: Int
  ) {
    var t = InlineArray<24, Vector>(repeating: Vector())
    for i in 0..<6 {
      let p = m + i * point
      let four = WinogradTransform.output(
        p[0], p[6 * point], p[12 * point], p[18 * point], p[24 * point], p[30 * point])
      t[i] = four.0
      t[6 + i] = four.1
      t[12 + i] = four.2
      t[18 + i] = four.3
    }
    for i in 0..<4 {
      let four = WinogradTransform.output(
        t[6 * i], t[6 * i + 1], t[6 * i + 2], t[6 * i + 3], t[6 * i + 4], t[6 * i + 5])
      let to = y + i * row
      to[0] = four.0
      to[columns] = four.1
      to[2 * columns] = four.2
      to[3 * columns] = four.3
    }
  }
}
