// The kernels of a Winograd convolution. Each is compiled for the shapes of the table, and once for
// all others.

/// Bᵀ·d·B of rows of tiles of a padded image.
struct WinogradInputTransform: ShapedKernel {
  let padded: VectorPointer
  let tileRows: Range<Int>
  let tiles: WinogradTiles
  /// The position of the first tile.
  let tile: Int

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.inputTransforms, entered: entry) }
    WinogradImage(side: shape.side, columns: shape.columns).transformInput(
      padded, tileRows: tileRows, into: tiles.advanced(byTiles: tile, columns: shape.columns))
  }
}

/// A·y·Aᵀ of rows of tiles of the interior of a padded image.
struct WinogradGradientTransform: ShapedKernel {
  let padded: VectorPointer
  let tileRows: Range<Int>
  let tiles: WinogradTiles
  /// The position of the first tile.
  let tile: Int

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.gradientTransforms, entered: entry) }
    WinogradImage(side: shape.side, columns: shape.columns).transformGradient(
      padded, tileRows: tileRows, into: tiles.advanced(byTiles: tile, columns: shape.columns))
  }
}

/// Aᵀ·m·A into rows of tiles of an image without border.
struct WinogradOutputTransform: ShapedKernel {
  let products: WinogradTiles
  /// The position of the first tile.
  let tile: Int
  let tileRows: Range<Int>
  let image: VectorPointer

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.outputTransforms, entered: entry) }
    WinogradImage(side: shape.side, columns: shape.columns).transformOutput(
      products.advanced(byTiles: tile, columns: shape.columns), tileRows: tileRows, into: image)
  }
}

/// products[p] = tiles[p] · weights[p] for each of the 36 points p.
struct WinogradProducts: ShapedKernel {
  let tiles: WinogradTiles
  /// How many tiles.
  let count: Int
  let weights: VectorPointer
  let products: WinogradTiles
  /// What to fetch meanwhile.
  let upcoming: UpcomingImages.Part

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.winogradProducts, entered: entry) }
    let (channels, columns) = (shape.inputChannels, shape.columns)
    for point in 0..<36 {
      upcoming.fetch(step: point, of: 36)
      MatrixProduct(
        a: scalars(tiles.base + point * tiles.pointStride), aRow: channels, aStep: 1,
        b: weights + point * channels * columns, bStep: columns,
        c: products.base + point * products.pointStride, cRow: columns, steps: channels,
        accumulates: false
      ).compute(rows: count, columns: columns, of: shape)
    }
  }
}

/// sums[p] += tiles[p]ᵀ · gradients[p] for each of the 36 points p; the first call sets them.
struct WinogradWeightGradients: ShapedKernel {
  let tiles: WinogradTiles
  let gradients: WinogradTiles
  /// How many tiles.
  let count: Int
  let sums: VectorPointer
  let isFirst: Bool
  /// What to fetch meanwhile.
  let upcoming: UpcomingImages.Part

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.winogradWeightGradients, entered: entry) }
    let (channels, columns) = (shape.inputChannels, shape.columns)
    for point in 0..<36 {
      upcoming.fetch(step: point, of: 36)
      MatrixProduct(
        a: scalars(tiles.base + point * tiles.pointStride), aRow: 1, aStep: channels,
        b: gradients.base + point * gradients.pointStride, bStep: columns,
        c: sums + point * channels * columns, cRow: columns, steps: count, accumulates: !isFirst
      ).compute(rows: channels, columns: columns, of: shape)
    }
  }
}
