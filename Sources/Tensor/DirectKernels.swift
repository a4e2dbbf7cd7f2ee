// The kernels of convolutions by their definition. Each is compiled for the shapes of the table, and
// once for all others.

/// The correlation of a padded image with weights [3][3][inputChannels][outputChannels].
struct DirectProducts: ShapedKernel {
  let padded: ScalarPointer
  let weights: VectorPointer
  let output: VectorPointer
  /// What to fetch meanwhile.
  let upcoming: UpcomingImages.Part

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.directForward, entered: entry) }
    let (channels, columns) = (shape.inputChannels, shape.columns)
    let rowCount = (shape.inputSide + 2) * channels
    var fetcher = UpcomingImages.Fetcher(upcoming, steps: shape.side)
    for row in 0..<shape.side {
      fetcher.fetch()
      MatrixProduct(
        a: padded + row * shape.stride * rowCount, aRow: shape.stride * channels, aStep: 1,
        aOuter: rowCount, b: weights, bStep: columns, bOuter: 3 * channels * columns,
        c: output + row * shape.side * columns, cRow: columns, steps: 3 * channels, outers: 3,
        accumulates: false
      ).compute(rows: shape.side, columns: columns, of: shape) {}
    }
  }
}

/// The input gradient of a convolution of stride 2.
///
/// Input pixels of even and odd rows and columns are four convolutions of the output gradient, with 1,
/// 2, 2 and 4 taps.
struct DirectStridedInputGradient: ShapedKernel {
  /// The output gradient.
  let padded: ScalarPointer
  /// [taps][outputChannels][inputChannels] in the order of ``tap(_:)``.
  let weights: VectorPointer
  /// Overwritten.
  let inputGradient: VectorPointer
  /// What to fetch meanwhile.
  let upcoming: UpcomingImages.Part

  /// The tap at a position of the weights.
  static func tap(_ position: Int) -> Int {
    let taps: InlineArray<9, Int> = [4, 5, 3, 7, 1, 8, 6, 2, 0]
    return taps[position]
  }

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.directInputGradients, entered: entry) }
    precondition(shape.stride == 2, "a strided gradient of stride 1")
    let (side, channels, columns) = (shape.side, shape.outputChannels, shape.inputColumns)
    let rowCount = (side + 2) * channels
    let tapVectors = channels * columns
    var fetcher = UpcomingImages.Fetcher(upcoming, steps: 4 * side)
    let firstTap: InlineArray<4, Int> = [0, 1, 3, 5]
    for oddRow in 0..<2 {
      for oddColumn in 0..<2 {
        let tap = firstTap[oddRow * 2 + oddColumn]
        for row in 0..<side {
          fetcher.fetch()
          let target = (2 * row + oddRow) * 2 * side + oddColumn
          MatrixProduct(
            a: padded + (row + 1) * rowCount + channels, aRow: channels, aStep: 1,
            aOuter: rowCount, b: weights + tap * tapVectors, bStep: columns,
            bOuter: tapVectors * (1 + oddColumn), c: inputGradient + target * columns,
            cRow: 2 * columns, steps: channels * (1 + oddColumn), outers: 1 + oddRow,
            accumulates: false
          ).compute(rows: side, columns: columns, of: shape) {}
        }
      }
    }
  }
}

/// Adds an image's gradient of the weights.
struct DirectWeightGradients: ShapedKernel {
  /// The input.
  let padded: ScalarPointer
  /// The padded output gradient.
  let gradient: VectorPointer
  /// [3][3][inputChannels][outputChannels]; added to.
  let weightGradient: VectorPointer
  /// What to fetch meanwhile.
  let upcoming: UpcomingImages.Part

  @inline(never) func run(_ shape: some KernelShape) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.directWeightGradients, entered: entry) }
    let (channels, columns) = (shape.inputChannels, shape.columns)
    // The three taps of a kernel row are neighbours in memory, so three channels make one block.
    let taps = channels < vectorLanes ? 3 : 1
    let rowCount = (shape.inputSide + 2) * channels
    let gradientRow = (shape.side + 2) * columns
    var fetcher = UpcomingImages.Fetcher(
      upcoming,
      steps: 9 / taps
        * MatrixProduct.pauses(rows: channels * taps, columns: columns, of: shape))
    for tapRow in 0..<3 {
      for tapColumn in Swift.stride(from: 0, to: 3, by: taps) {
        MatrixProduct(
          a: padded + tapRow * rowCount + tapColumn * channels, aRow: 1,
          aStep: shape.stride * channels, aOuter: shape.stride * rowCount,
          b: gradient + gradientRow + columns, bStep: columns, bOuter: gradientRow,
          c: weightGradient + (tapRow * 3 + tapColumn) * channels * columns, cRow: columns,
          steps: shape.side, outers: shape.side, accumulates: true
        ).compute(rows: channels * taps, columns: columns, of: shape) { fetcher.fetch() }
      }
    }
  }
}
