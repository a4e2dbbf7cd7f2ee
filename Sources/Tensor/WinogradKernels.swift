// The kernels of a Winograd convolution. Each is compiled for the shapes of the table, and once for
// all others.

/// Bᵀ·d·B of rows of tiles of an image.
struct WinogradInputTransform: ShapedKernel {
  let image: RegisterPointer
  /// A row of pixels, all zero.
  let zeros: RegisterPointer
  let tileRows: Range<Int>
  let tiles: WinogradPoints
  /// The position of the first tile.
  let tile: Int
  /// What to fetch meanwhile.
  let upcoming: UpcomingImages.Part

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.inputTransforms, entered: entry) }
    WinogradImage(side: shape.side, columns: shape.registers).transformInput(
      image, zeros: zeros, tileRows: tileRows,
      into: tiles.advanced(byTiles: tile, columns: shape.registers),
      fetching: upcoming)
  }
}

/// A·y·Aᵀ of rows of tiles of an image.
struct WinogradGradientTransform: ShapedKernel {
  let image: RegisterPointer
  let tileRows: Range<Int>
  let tiles: WinogradPoints
  /// The position of the first tile.
  let tile: Int

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.gradientTransforms, entered: entry) }
    WinogradImage(side: shape.side, columns: shape.registers).transformGradient(
      image, tileRows: tileRows, into: tiles.advanced(byTiles: tile, columns: shape.registers))
  }
}

/// Aᵀ·m·A into rows of tiles of an image.
struct WinogradOutputTransform: ShapedKernel {
  let products: WinogradPoints
  /// The position of the first tile.
  let tile: Int
  let tileRows: Range<Int>
  let image: RegisterPointer
  /// What to fetch meanwhile.
  let upcoming: UpcomingImages.Part

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.outputTransforms, entered: entry) }
    WinogradImage(side: shape.side, columns: shape.registers).transformOutput(
      products.advanced(byTiles: tile, columns: shape.registers), tileRows: tileRows, into: image,
      fetching: upcoming)
  }
}

/// products[p] = tiles[p] · weights[p] for each of the 36 points p.
struct WinogradProducts: ShapedKernel {
  let tiles: WinogradPoints
  /// How many tiles.
  let count: Int
  let weights: WinogradPoints
  let products: WinogradPoints
  /// What to fetch meanwhile.
  let upcoming: UpcomingImages.Part

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.winogradProducts, entered: entry) }
    let (channels, columns) = (shape.inputChannels, shape.columns)
    var fetcher = UpcomingImages.Fetcher(
      upcoming, steps: 36 * MatrixProduct.pauses(rows: count, columns: columns, of: shape))
    for point in 0..<36 {
      MatrixProduct(
        a: scalars(tiles[point]), aRow: channels, aStep: 1,
        b: weights[point], bStep: columns,
        c: products[point], cRow: columns, steps: channels,
        accumulates: false
      ).compute(rows: count, columns: columns, of: shape) { fetcher.fetch() }
    }
  }
}

/// sums[p] += tiles[p]ᵀ · gradients[p] for each of the 36 points p; the first call sets them.
struct WinogradWeightGradients: ShapedKernel {
  let tiles: WinogradPoints
  let gradients: WinogradPoints
  /// How many tiles.
  let count: Int
  let sums: WinogradPoints
  let isFirst: Bool
  /// What to fetch meanwhile.
  let upcoming: UpcomingImages.Part

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.winogradWeightGradients, entered: entry) }
    let (channels, columns) = (shape.inputChannels, shape.columns)
    var fetcher = UpcomingImages.Fetcher(
      upcoming, steps: 36 * MatrixProduct.pauses(rows: channels, columns: columns, of: shape))
    for point in 0..<36 {
      MatrixProduct(
        a: scalars(tiles[point]), aRow: 1, aStep: channels,
        b: gradients[point], bStep: columns,
        c: sums[point], cRow: columns, steps: count, accumulates: !isFirst
      ).compute(rows: channels, columns: columns, of: shape) { fetcher.fetch() }
    }
  }
}
