/// The transforms and products of one shape of images, compiled for the paper's three stages and once
/// for all other shapes.
struct WinogradKernels {
  let side: Int
  let columns: Int

  /// Calls the body with the shape as constants where it is one of the paper's.
  @inline(__always) private func specialized(_ body: (WinogradImage) -> Void) {
    switch (side, columns) {
    case (32, 1): body(WinogradImage(side: 32, columns: 1))
    case (16, 2): body(WinogradImage(side: 16, columns: 2))
    case (8, 4): body(WinogradImage(side: 8, columns: 4))
    default: body(WinogradImage(side: side, columns: columns))
    }
  }

  @inline(never) func transformInput(
    _ padded: VectorPointer, tileRows: Range<Int>, into tiles: WinogradTiles, at tile: Int
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.inputTransforms, entered: entry) }
    let target = tiles.advanced(byTiles: tile, columns: columns)
    specialized { $0.transformInput(padded, tileRows: tileRows, into: target) }
  }

  @inline(never) func transformGradient(
    _ padded: VectorPointer, tileRows: Range<Int>, into tiles: WinogradTiles, at tile: Int
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.gradientTransforms, entered: entry) }
    let target = tiles.advanced(byTiles: tile, columns: columns)
    specialized { $0.transformGradient(padded, tileRows: tileRows, into: target) }
  }

  @inline(never) func transformOutput(
    _ tiles: WinogradTiles, at tile: Int, tileRows: Range<Int>, into image: VectorPointer
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.outputTransforms, entered: entry) }
    let source = tiles.advanced(byTiles: tile, columns: columns)
    specialized { $0.transformOutput(source, tileRows: tileRows, into: image) }
  }

  /// products[p] = tiles[p] · weights[p] for each of the 36 points p.
  ///
  /// Blocks that divide rows and columns exactly are compiled with the strides as constants.
  @inline(never) func multiply(
    _ tiles: WinogradTiles, count: Int, _ weights: VectorPointer, into products: WinogradTiles,
    fetching part: UpcomingImages.Part
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.winogradProducts, entered: entry) }
    switch columns {
    case 1 where count % 16 == 0:
      multiply(tiles, weights, products, columns: 1, part) {
        $0.computeExactly(rows: count, columns: 1, MicroKernel<16, 1>.self)
      }
    case 2 where count % 8 == 0:
      multiply(tiles, weights, products, columns: 2, part) {
        $0.computeExactly(rows: count, columns: 2, MicroKernel<8, 2>.self)
      }
    case 4 where count % 4 == 0:
      multiply(tiles, weights, products, columns: 4, part) {
        $0.computeExactly(rows: count, columns: 4, MicroKernel<4, 4>.self)
      }
    default:
      multiply(tiles, weights, products, columns: columns, part) {
        $0.compute(rows: count, columns: columns)
      }
    }
  }

  @inline(__always) private func multiply(
    _ tiles: WinogradTiles, _ weights: VectorPointer, _ products: WinogradTiles, columns: Int,
    _ part: UpcomingImages.Part, compute: (Product) -> Void
  ) {
    let channels = columns * vectorLanes
    for point in 0..<36 {
      part.fetch(step: point, of: 36)
      compute(
        Product(
          a: scalars(tiles.base + point * tiles.pointStride), aRow: channels, aStep: 1,
          b: weights + point * channels * columns, bStep: columns,
          c: products.base + point * products.pointStride, cRow: columns, steps: channels,
          accumulates: false))
    }
  }

  /// sums[p] += tiles[p]ᵀ · gradients[p] for each of the 36 points p; the first call sets them.
  @inline(never) func accumulate(
    _ tiles: WinogradTiles, _ gradients: WinogradTiles, count: Int, into sums: VectorPointer,
    isFirst: Bool, fetching part: UpcomingImages.Part
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.winogradWeightGradients, entered: entry) }
    switch columns {
    case 1:
      accumulate(tiles, gradients, count, sums, isFirst, columns: 1, part) {
        $0.computeExactly(rows: 16, columns: 1, MicroKernel<16, 1>.self)
      }
    case 2:
      accumulate(tiles, gradients, count, sums, isFirst, columns: 2, part) {
        $0.computeExactly(rows: 32, columns: 2, MicroKernel<8, 2>.self)
      }
    case 4:
      accumulate(tiles, gradients, count, sums, isFirst, columns: 4, part) {
        $0.computeExactly(rows: 64, columns: 4, MicroKernel<4, 4>.self)
      }
    default:
      accumulate(tiles, gradients, count, sums, isFirst, columns: columns, part) {
        $0.compute(rows: columns * vectorLanes, columns: columns)
      }
    }
  }

  @inline(__always) private func accumulate(
    _ tiles: WinogradTiles, _ gradients: WinogradTiles, _ count: Int, _ sums: VectorPointer,
    _ isFirst: Bool, columns: Int, _ part: UpcomingImages.Part, compute: (Product) -> Void
  ) {
    let channels = columns * vectorLanes
    for point in 0..<36 {
      part.fetch(step: point, of: 36)
      compute(
        Product(
          a: scalars(tiles.base + point * tiles.pointStride), aRow: 1, aStep: channels,
          b: gradients.base + point * gradients.pointStride, bStep: columns,
          c: sums + point * channels * columns, cRow: columns, steps: count,
          accumulates: !isFirst))
    }
  }
}
