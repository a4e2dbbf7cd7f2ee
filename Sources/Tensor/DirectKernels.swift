/// The products of convolutions by their definition, compiled for the paper's shapes and once for all
/// others.
struct DirectKernels {
  let geometry: ConvolutionGeometry

  private var shape: (Int, Int, Int, Int) {
    (geometry.inputSide, geometry.inputChannels, geometry.outputChannels, geometry.stride)
  }

  /// The correlation of a padded image with weights [3][3][inputChannels][outputChannels].
  @inline(never) func correlate(
    _ padded: ScalarPointer, _ weights: VectorPointer, into output: VectorPointer,
    fetching part: UpcomingImages.Part
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.directForward, entered: entry) }
    switch shape {
    case (32, 3, 16, 1):
      correlate(padded, weights, output, inputSide: 32, channels: 3, columns: 1, stride: 1, part) {
        $0.computeExactly(rows: 32, columns: 1, MicroKernel<16, 1>.self)
      }
    case (32, 16, 32, 2):
      correlate(padded, weights, output, inputSide: 32, channels: 16, columns: 2, stride: 2, part) {
        $0.computeExactly(rows: 16, columns: 2, MicroKernel<8, 2>.self)
      }
    case (16, 32, 64, 2):
      correlate(padded, weights, output, inputSide: 16, channels: 32, columns: 4, stride: 2, part) {
        $0.computeExactly(rows: 8, columns: 4, MicroKernel<4, 4>.self)
      }
    default:
      let columns = geometry.outputChannels / vectorLanes
      correlate(
        padded, weights, output, inputSide: geometry.inputSide, channels: geometry.inputChannels,
        columns: columns, stride: geometry.stride, part
      ) {
        $0.compute(rows: geometry.outputSide, columns: columns)
      }
    }
  }

  @inline(__always) private func correlate(
    _ padded: ScalarPointer, _ weights: VectorPointer, _ output: VectorPointer, inputSide: Int,
    channels: Int, columns: Int, stride: Int, _ part: UpcomingImages.Part,
    compute: (Product) -> Void
  ) {
    let side = inputSide / stride
    let rowCount = (inputSide + 2) * channels
    for row in 0..<side {
      part.fetch(step: row, of: side)
      compute(
        Product(
          a: padded + row * stride * rowCount, aRow: stride * channels, aStep: 1, aOuter: rowCount,
          b: weights, bStep: columns, bOuter: 3 * channels * columns,
          c: output + row * side * columns, cRow: columns, steps: 3 * channels, outers: 3,
          accumulates: false))
    }
  }

  /// The tap at a position of the weights of ``computeStridedInputGradient(_:_:into:)``, in which input
  /// pixels of even and odd rows and columns are four convolutions with 1, 2, 2 and 4 taps.
  static func stridedTap(_ position: Int) -> Int {
    let taps: InlineArray<9, Int> = [4, 5, 3, 7, 1, 8, 6, 2, 0]
    return taps[position]
  }

  /// The input gradient of a convolution of stride 2.
  ///
  /// - Parameters:
  ///   - padded: the output gradient.
  ///   - weights: [taps][outputChannels][inputChannels] in the order of ``stridedTap(_:)``.
  ///   - inputGradient: overwritten.
  @inline(never) func computeStridedInputGradient(
    _ padded: ScalarPointer, _ weights: VectorPointer, into inputGradient: VectorPointer
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.directInputGradients, entered: entry) }
    switch shape {
    case (32, 16, 32, 2):
      stridedGradient(padded, weights, inputGradient, side: 16, channels: 32, columns: 1) {
        $0.computeExactly(rows: 16, columns: 1, MicroKernel<16, 1>.self)
      }
    case (16, 32, 64, 2):
      stridedGradient(padded, weights, inputGradient, side: 8, channels: 64, columns: 2) {
        $0.computeExactly(rows: 8, columns: 2, MicroKernel<8, 2>.self)
      }
    default:
      let columns = geometry.inputChannels / vectorLanes
      stridedGradient(
        padded, weights, inputGradient, side: geometry.outputSide,
        channels: geometry.outputChannels, columns: columns
      ) {
        $0.compute(rows: geometry.outputSide, columns: columns)
      }
    }
  }

  @inline(__always) private func stridedGradient(
    _ padded: ScalarPointer, _ weights: VectorPointer, _ inputGradient: VectorPointer, side: Int,
    channels: Int, columns: Int, compute: (Product) -> Void
  ) {
    let rowCount = (side + 2) * channels
    let tapVectors = channels * columns
    let firstTap: InlineArray<4, Int> = [0, 1, 3, 5]
    for oddRow in 0..<2 {
      for oddColumn in 0..<2 {
        let tap = firstTap[oddRow * 2 + oddColumn]
        for row in 0..<side {
          let target = (2 * row + oddRow) * 2 * side + oddColumn
          compute(
            Product(
              a: padded + (row + 1) * rowCount + channels, aRow: channels, aStep: 1,
              aOuter: rowCount, b: weights + tap * tapVectors, bStep: columns,
              bOuter: tapVectors * (1 + oddColumn), c: inputGradient + target * columns,
              cRow: 2 * columns, steps: channels * (1 + oddColumn), outers: 1 + oddRow,
              accumulates: false))
        }
      }
    }
  }

  /// Adds an image's gradient of the weights.
  ///
  /// - Parameters:
  ///   - padded: the input.
  ///   - gradient: the padded output gradient.
  ///   - weightGradient: [3][3][inputChannels][outputChannels]; added to.
  ///   - part: what to fetch meanwhile.
  @inline(never) func accumulateWeightGradient(
    _ padded: ScalarPointer, _ gradient: VectorPointer, into weightGradient: VectorPointer,
    fetching part: UpcomingImages.Part
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.directWeightGradients, entered: entry) }
    switch shape {
    case (32, 3, 16, 1):
      // The three taps of a kernel row are neighbours in memory, so three channels make one block.
      weightGradientOfTaps(
        padded, gradient, weightGradient, inputSide: 32, channels: 3, columns: 1, stride: 1,
        taps: 3,
        part
      ) {
        $0.computeExactly(rows: 9, columns: 1, MicroKernel<9, 1>.self)
      }
    case (32, 16, 32, 2):
      weightGradientOfTaps(
        padded, gradient, weightGradient, inputSide: 32, channels: 16, columns: 2, stride: 2,
        taps: 1, part
      ) {
        $0.computeExactly(rows: 16, columns: 2, MicroKernel<8, 2>.self)
      }
    case (16, 32, 64, 2):
      weightGradientOfTaps(
        padded, gradient, weightGradient, inputSide: 16, channels: 32, columns: 4, stride: 2,
        taps: 1, part
      ) {
        $0.computeExactly(rows: 32, columns: 4, MicroKernel<4, 4>.self)
      }
    default:
      let columns = geometry.outputChannels / vectorLanes
      let taps = geometry.inputChannels < vectorLanes ? 3 : 1
      weightGradientOfTaps(
        padded, gradient, weightGradient, inputSide: geometry.inputSide,
        channels: geometry.inputChannels, columns: columns, stride: geometry.stride, taps: taps,
        part
      ) {
        $0.compute(rows: geometry.inputChannels * taps, columns: columns)
      }
    }
  }

  @inline(__always) private func weightGradientOfTaps(
    _ padded: ScalarPointer, _ gradient: VectorPointer, _ weightGradient: VectorPointer,
    inputSide: Int, channels: Int, columns: Int, stride: Int, taps: Int,
    _ part: UpcomingImages.Part, compute: (Product) -> Void
  ) {
    let side = inputSide / stride
    let rowCount = (inputSide + 2) * channels
    let gradientRow = (side + 2) * columns
    for tapRow in 0..<3 {
      part.fetch(step: tapRow, of: 3)
      for tapColumn in Swift.stride(from: 0, to: 3, by: taps) {
        compute(
          Product(
            a: padded + tapRow * rowCount + tapColumn * channels, aRow: 1,
            aStep: stride * channels, aOuter: stride * rowCount,
            b: gradient + gradientRow + columns, bStep: columns, bOuter: gradientRow,
            c: weightGradient + (tapRow * 3 + tapColumn) * channels * columns, cRow: columns,
            steps: side, outers: side, accumulates: true))
      }
    }
  }
}
