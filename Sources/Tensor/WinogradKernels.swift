/// The transforms and products of one shape of images, compiled for the paper's three stages and once
/// for all other shapes.
struct WinogradKernels {
  let side: Int
  let columns: Int
  /// Room for 6·(side + 2) vectors.
  let scratch: VectorPointer

  /// Calls the body with the shape as constants where it is one of the paper's.
  @inline(__always) private func specialized(_ body: (WinogradImage) -> Void) {
    switch (side, columns) {
    case (32, 1): body(WinogradImage(side: 32, columns: 1, scratch: scratch))
    case (16, 2): body(WinogradImage(side: 16, columns: 2, scratch: scratch))
    case (8, 4): body(WinogradImage(side: 8, columns: 4, scratch: scratch))
    default: body(WinogradImage(side: side, columns: columns, scratch: scratch))
    }
  }

  @inline(never) func transformInput(
    _ padded: VectorPointer, tileRows: Range<Int>, into tiles: WinogradTiles, at tile: Int
  ) {
    let target = tiles.advanced(byTiles: tile, columns: columns)
    specialized { $0.transformInput(padded, tileRows: tileRows, into: target) }
  }

  @inline(never) func transformGradient(
    _ padded: VectorPointer, tileRows: Range<Int>, into tiles: WinogradTiles, at tile: Int
  ) {
    let target = tiles.advanced(byTiles: tile, columns: columns)
    specialized { $0.transformGradient(padded, tileRows: tileRows, into: target) }
  }

  @inline(never) func transformOutput(
    _ tiles: WinogradTiles, at tile: Int, tileRows: Range<Int>, into image: VectorPointer
  ) {
    let source = tiles.advanced(byTiles: tile, columns: columns)
    specialized { $0.transformOutput(source, tileRows: tileRows, into: image) }
  }

  /// products[p] = tiles[p] · weights[p] for each of the 36 points p.
  @inline(never) func multiply(
    _ tiles: WinogradTiles, count: Int, _ weights: VectorPointer, into products: WinogradTiles
  ) {
    specialized { image in
      let columns = image.columns
      let channels = columns * vectorLanes
      for point in 0..<36 {
        Product(
          a: scalars(tiles.base + point * tiles.pointStride), aRow: channels, aStep: 1,
          b: weights + point * channels * columns, bStep: columns,
          c: products.base + point * products.pointStride, cRow: columns, steps: channels,
          accumulates: false
        ).computeInline(rows: count, columns: columns)
      }
    }
  }

  /// sums[p] += tiles[p]ᵀ · gradients[p] for each of the 36 points p.
  @inline(never) func accumulate(
    _ tiles: WinogradTiles, _ gradients: WinogradTiles, count: Int, into sums: VectorPointer
  ) {
    specialized { image in
      let columns = image.columns
      let channels = columns * vectorLanes
      for point in 0..<36 {
        Product(
          a: scalars(tiles.base + point * tiles.pointStride), aRow: 1, aStep: channels,
          b: gradients.base + point * gradients.pointStride, bStep: columns,
          c: sums + point * channels * columns, cRow: columns, steps: count, accumulates: true
        ).computeInline(rows: channels, columns: columns)
      }
    }
  }
}
