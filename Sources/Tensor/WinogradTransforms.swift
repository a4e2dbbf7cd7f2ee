import CVector

// The one-dimensional transforms of F(4,3), with interpolation points 0, ±1, ±2 and ∞ (Lavin and
// Gray 2016, "Fast algorithms for convolutional neural networks", §4.3), on registers of channels.
// Letters are the paper's: d input, g weights, m products, y outputs.

typealias Three = (Register, Register, Register)
typealias Four = (Register, Register, Register, Register)
typealias Six = (Register, Register, Register, Register, Register, Register)

@inline(__always) private func constant(_ value: Float) -> Register { Register(repeating: value) }

enum WinogradTransform {
  /// Bᵀ·d: six inputs to six points.
  @inline(__always) static func input(
    _ d0: Register, _ d1: Register, _ d2: Register, _ d3: Register, _ d4: Register, _ d5: Register
  ) -> Six {
    let low = inputLow(d0, d1, d2, d3, d4)
    let high = inputHigh(d1, d2, d3, d4, d5)
    return (low.0, low.1, low.2, high.0, high.1, high.2)
  }

  /// The first three points of Bᵀ·d.
  @inline(__always) static func inputLow(
    _ d0: Register, _ d1: Register, _ d2: Register, _ d3: Register, _ d4: Register
  ) -> Three {
    let a = cregister_fma(constant(-4), d2, d4)
    let b = cregister_fma(constant(-4), d1, d3)
    return (
      cregister_fma(constant(4), d0, cregister_fma(constant(-5), d2, d4)),
      cregister_add(a, b), cregister_subtract(a, b)
    )
  }

  /// The last three points of Bᵀ·d.
  @inline(__always) static func inputHigh(
    _ d1: Register, _ d2: Register, _ d3: Register, _ d4: Register, _ d5: Register
  ) -> Three {
    let c = cregister_subtract(d4, d2)
    let e = cregister_subtract(d3, d1)
    return (
      cregister_fma(constant(2), e, c), cregister_fma(constant(-2), e, c),
      cregister_fma(constant(4), d1, cregister_fma(constant(-5), d3, d5))
    )
  }

  /// Aᵀ·m: six points to four outputs.
  @inline(__always) static func output(
    _ m0: Register, _ m1: Register, _ m2: Register, _ m3: Register, _ m4: Register, _ m5: Register
  ) -> Four {
    let p = cregister_add(m1, m2)
    let q = cregister_subtract(m1, m2)
    let r = cregister_add(m3, m4)
    let s = cregister_subtract(m3, m4)
    return (
      cregister_add(cregister_add(m0, p), r), cregister_fma(constant(2), s, q),
      cregister_fma(constant(4), r, p), cregister_fma(constant(8), s, cregister_add(q, m5))
    )
  }

  /// A·y: four output gradients to six points.
  @inline(__always) static func gradient(
    _ y0: Register, _ y1: Register, _ y2: Register, _ y3: Register
  ) -> Six {
    let even = cregister_add(y0, y2)
    let odd = cregister_add(y1, y3)
    let even2 = cregister_fma(constant(4), y2, y0)
    let odd2 = cregister_fma(constant(4), y3, y1)
    return (
      y0, cregister_add(even, odd), cregister_subtract(even, odd),
      cregister_fma(constant(2), odd2, even2), cregister_fma(constant(-2), odd2, even2), y3
    )
  }

  /// G·g: three weights to six points.
  @inline(__always) static func weights(_ g0: Register, _ g1: Register, _ g2: Register) -> Six {
    let s = cregister_multiply(cregister_add(g0, g2), constant(-1.0 / 6))
    let t = cregister_multiply(g1, constant(1.0 / 6))
    let u = cregister_fma(constant(1.0 / 6), g2, cregister_multiply(g0, constant(1.0 / 24)))
    let v = cregister_multiply(g1, constant(1.0 / 12))
    return (
      cregister_multiply(g0, constant(0.25)), cregister_subtract(s, t), cregister_add(s, t),
      cregister_add(u, v), cregister_subtract(u, v), g2
    )
  }

  /// Gᵀ·m: six points to three weight gradients.
  @inline(__always) static func weightGradient(
    _ m0: Register, _ m1: Register, _ m2: Register, _ m3: Register, _ m4: Register, _ m5: Register
  ) -> Three {
    let sum12 = cregister_add(m1, m2)
    let sum34 = cregister_add(m3, m4)
    let inner = cregister_fma(constant(-1.0 / 6), sum12, cregister_multiply(m0, constant(0.25)))
    let difference34 = cregister_multiply(cregister_subtract(m3, m4), constant(1.0 / 12))
    return (
      cregister_fma(constant(1.0 / 24), sum34, inner),
      cregister_fma(constant(1.0 / 6), cregister_subtract(m2, m1), difference34),
      cregister_fma(constant(1.0 / 6), cregister_subtract(sum34, sum12), m5)
    )
  }
}

/// The transformed domain: 36 points, each a matrix, [tiles][channels] of images and
/// [inputChannels][outputChannels] of weights.
struct WinogradPoints {
  /// Point p's matrix starts at `base + p·pointStride`, in registers.
  let base: RegisterPointer
  let pointStride: Int

  func advanced(byTiles tiles: Int, columns: Int) -> WinogradPoints {
    WinogradPoints(base: base + tiles * columns, pointStride: pointStride)
  }

  /// The matrix of a point.
  @inline(__always) subscript(point: Int) -> VectorPointer {
    vectors(scalars(base + point * pointStride))
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

  /// Aᵀ·m of a column of points.
  @inline(__always) func outputColumn(_ column: Int, at offset: Int) -> Four {
    let p = base + column * pointStride + offset
    let row = 6 * pointStride
    return WinogradTransform.output(p[0], p[row], p[2 * row], p[3 * row], p[4 * row], p[5 * row])
  }
}

/// The six rows that a tile of inputs is transformed from, at the first of its inner four pixels.
private struct TileRows {
  let above: RegisterPointer
  /// The first of the inner four rows.
  let inner: RegisterPointer
  let below: RegisterPointer
  /// The registers from row to row.
  let row: Int

  /// A column of zeros, transformed.
  static var zero: Three { (constant(0), constant(0), constant(0)) }

  /// The first three points of a column.
  @inline(__always) func low(_ x: Int) -> Three {
    let d = inner + x
    return WinogradTransform.inputLow(above[x], d[0], d[row], d[2 * row], d[3 * row])
  }

  /// The last three points of a column.
  @inline(__always) func high(_ x: Int) -> Three {
    let d = inner + x
    return WinogradTransform.inputHigh(d[0], d[row], d[2 * row], d[3 * row], below[x])
  }
}

/// Transforms rows of tiles of one image, `side` pixels wide, with `columns` registers of channels.
///
/// A tile is transformed in registers, from loads to stores: the first transform keeps its results
/// column by column, the second takes them row by row.
struct WinogradImage {
  let side: Int
  let columns: Int

  /// Calls a body for each tile and register of channels of some rows of tiles.
  ///
  /// - Parameters:
  ///   - tileRows: rows of tiles of an image.
  ///   - body: takes the row, the tile's first register within its row of pixels, and its offset among the tiles of `tileRows`.
  @inline(__always) private func forEachTile(
    _ tileRows: Range<Int>, _ body: (_ tileRow: Int, _ pixel: Int, _ offset: Int) -> Void
  ) {
    var offset = 0
    for tileRow in tileRows {
      for tile in 0..<side / 4 {
        for column in 0..<columns {
          body(tileRow, 4 * tile * columns + column, offset)
          offset += 1
        }
      }
    }
  }

  /// Bᵀ·d·B of rows of tiles of an image, around which all is zero.
  ///
  /// - Parameters:
  ///   - image: without a border.
  ///   - zeros: a row of pixels, all zero.
  ///   - tileRows: which rows of tiles.
  ///   - tiles: receives them.
  ///   - upcoming: what to fetch meanwhile.
  @inline(__always) func transformInput(
    _ image: RegisterPointer, zeros: RegisterPointer, tileRows: Range<Int>,
    into tiles: WinogradPoints,
    fetching upcoming: UpcomingImages.Part
  ) {
    let row = side * columns
    var fetcher = UpcomingImages.Fetcher(upcoming, steps: tileRows.count * side / 4 * columns)
    forEachTile(tileRows) { tileRow, pixel, offset in
      fetcher.fetch()
      let inner = image + 4 * tileRow * row + pixel
      let d = TileRows(
        above: tileRow == 0 ? zeros + pixel : inner - row, inner: inner,
        below: tileRow == side / 4 - 1 ? zeros + pixel : inner + 4 * row, row: row)
      let isFirst = pixel < columns
      let isLast = pixel >= row - 4 * columns
      // Three points of each column at a time: six columns of all six would not fit in registers.
      let a0 = isFirst ? TileRows.zero : d.low(-columns)
      let (a1, a2) = (d.low(0), d.low(columns))
      let (a3, a4) = (d.low(2 * columns), d.low(3 * columns))
      let a5 = isLast ? TileRows.zero : d.low(4 * columns)
      tiles.storeRow(0, at: offset, WinogradTransform.input(a0.0, a1.0, a2.0, a3.0, a4.0, a5.0))
      tiles.storeRow(1, at: offset, WinogradTransform.input(a0.1, a1.1, a2.1, a3.1, a4.1, a5.1))
      tiles.storeRow(2, at: offset, WinogradTransform.input(a0.2, a1.2, a2.2, a3.2, a4.2, a5.2))
      let b0 = isFirst ? TileRows.zero : d.high(-columns)
      let (b1, b2) = (d.high(0), d.high(columns))
      let (b3, b4) = (d.high(2 * columns), d.high(3 * columns))
      let b5 = isLast ? TileRows.zero : d.high(4 * columns)
      tiles.storeRow(3, at: offset, WinogradTransform.input(b0.0, b1.0, b2.0, b3.0, b4.0, b5.0))
      tiles.storeRow(4, at: offset, WinogradTransform.input(b0.1, b1.1, b2.1, b3.1, b4.1, b5.1))
      tiles.storeRow(5, at: offset, WinogradTransform.input(b0.2, b1.2, b2.2, b3.2, b4.2, b5.2))
    }
  }

  /// A·y·Aᵀ of rows of tiles of an image.
  @inline(__always) func transformGradient(
    _ image: RegisterPointer, tileRows: Range<Int>, into tiles: WinogradPoints
  ) {
    let row = side * columns
    forEachTile(tileRows) { tileRow, pixel, offset in
      let y = image + 4 * tileRow * row + pixel
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

  @inline(__always) private func gradientColumn(_ y: RegisterPointer, _ row: Int) -> Six {
    WinogradTransform.gradient(y[0], y[row], y[2 * row], y[3 * row])
  }

  /// Aᵀ·m·A into rows of tiles of an image.
  @inline(__always) func transformOutput(
    _ tiles: WinogradPoints, tileRows: Range<Int>, into image: RegisterPointer,
    fetching upcoming: UpcomingImages.Part
  ) {
    let row = side * columns
    var fetcher = UpcomingImages.Fetcher(upcoming, steps: tileRows.count * side / 4 * columns)
    forEachTile(tileRows) { tileRow, pixel, offset in
      fetcher.fetch()
      let c0 = tiles.outputColumn(0, at: offset)
      let c1 = tiles.outputColumn(1, at: offset)
      let c2 = tiles.outputColumn(2, at: offset)
      let c3 = tiles.outputColumn(3, at: offset)
      let c4 = tiles.outputColumn(4, at: offset)
      let c5 = tiles.outputColumn(5, at: offset)
      let y = image + 4 * tileRow * row + pixel
      store(WinogradTransform.output(c0.0, c1.0, c2.0, c3.0, c4.0, c5.0), to: y)
      store(WinogradTransform.output(c0.1, c1.1, c2.1, c3.1, c4.1, c5.1), to: y + row)
      store(WinogradTransform.output(c0.2, c1.2, c2.2, c3.2, c4.2, c5.2), to: y + 2 * row)
      store(WinogradTransform.output(c0.3, c1.3, c2.3, c3.3, c4.3, c5.3), to: y + 3 * row)
    }
  }

  @inline(__always) private func store(_ four: Four, to y: RegisterPointer) {
    y[0] = four.0
    y[columns] = four.1
    y[2 * columns] = four.2
    y[3 * columns] = four.3
  }
}
