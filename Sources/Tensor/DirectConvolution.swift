/// Convolution by its definition, on 16-lane vectors.
///
/// **Accuracy**: each output is one chain of 9·inputChannels fused multiply-adds; 1-6e-7 relative L2
/// against float64.
public final class DirectConvolution: ConvolutionEngine {
  /// The shape that the engine computes.
  public let geometry: ConvolutionGeometry
  private let paddedInput: FloatView
  private let paddedGradient: FloatView
  private let inputGradient: FloatView
  /// The weights of the backward pass: [taps][outputChannels][inputChannels].
  private let transposedWeights: FloatView
  private var weights: FloatView

  /// Makes an engine with its scratch.
  ///
  /// - Parameters:
  ///   - geometry: the shape.
  ///   - arena: where the scratch comes from.
  public init(geometry: ConvolutionGeometry, arena: Arena) {
    self.geometry = geometry
    paddedInput = arena.take(geometry.paddedInputCount)
    paddedGradient = arena.take(geometry.paddedOutputCount)
    let hasInputGradient = geometry.inputChannels % vectorLanes == 0
    inputGradient = arena.take(hasInputGradient ? geometry.inputCount : 0)
    transposedWeights = arena.take(hasInputGradient ? geometry.weightCount : 0)
    weights = transposedWeights
  }

  /// Keeps the weights for the forward pass.
  ///
  /// - Parameter weights: [3][3][inputChannels][outputChannels].
  public func prepareForward(weights: FloatView) {
    precondition(weights.count == geometry.weightCount, "\(weights.count) weights, \(geometry)")
    self.weights = weights
  }

  /// Computes outputs image by image.
  ///
  /// - Parameters:
  ///   - images: positions in `output`.
  ///   - output: [images of the layer][outputSide][outputSide][outputChannels].
  ///   - fill: writes an image's input.
  ///   - finish: called with each image.
  public func forward(
    images: Range<Int>, output: FloatView, fill: (Int, FloatView) -> Void, finish: (Int) -> Void
  ) {
    for image in images {
      fill(image, paddedInput)
      let count = geometry.outputCount
      correlate(
        paddedInput, channels: geometry.inputChannels, stride: geometry.stride, weights: weights,
        outputChannels: geometry.outputChannels, side: geometry.outputSide,
        output: output[image * count..<(image + 1) * count])
      finish(image)
    }
  }

  /// Transposes the weights, tap by tap in the order in which the input gradient visits them.
  ///
  /// - Parameter weights: [3][3][inputChannels][outputChannels].
  public func prepareBackward(weights: FloatView) {
    precondition(weights.count == geometry.weightCount, "\(weights.count) weights, \(geometry)")
    if transposedWeights.count == 0 { return }
    let source = weights.base
    let inputs = geometry.inputChannels
    let outputs = geometry.outputChannels
    for position in 0..<9 {
      let tap = geometry.stride == 1 ? 8 - position : Self.stridedTap(position)
      let from = source + tap * inputs * outputs
      let to = transposedWeights.base + position * inputs * outputs
      for i in 0..<inputs {
        for o in 0..<outputs { to[o * inputs + i] = from[i * outputs + o] }
      }
    }
  }

  /// Computes both gradients image by image.
  ///
  /// - Parameters:
  ///   - images: the images to sum over.
  ///   - weightGradient: [3][3][inputChannels][outputChannels]; overwritten.
  ///   - fillGradient: writes an image's output gradient.
  ///   - fillInput: writes an image's input.
  ///   - finish: called with each image's input gradient.
  public func backward(
    images: Range<Int>, weightGradient: FloatView, fillGradient: (Int, FloatView) -> Void,
    fillInput: (Int, FloatView) -> Void, finish: (Int, FloatView) -> Void
  ) {
    precondition(weightGradient.count == geometry.weightCount, "\(weightGradient.count) weights")
    weightGradient.fill(with: 0)
    for image in images {
      fillGradient(image, paddedGradient)
      if inputGradient.count > 0 {
        computeInputGradient()
        finish(image, inputGradient)
      }
      fillInput(image, paddedInput)
      accumulateWeightGradient(weightGradient)
    }
  }

  /// The correlation of a padded image with 3×3 weights.
  private func correlate(
    _ padded: FloatView, channels: Int, stride: Int, weights: FloatView, outputChannels: Int,
    side: Int, output: FloatView
  ) {
    let rowCount = (side * stride + 2) * channels
    let columns = outputChannels / vectorLanes
    for row in 0..<side {
      Product(
        a: padded.base + row * stride * rowCount, aRow: stride * channels, aStep: 1,
        aOuter: rowCount, b: weights.vectors, bStep: columns, bOuter: 3 * channels * columns,
        c: output.vectors + row * side * columns, cRow: columns, steps: 3 * channels, outers: 3,
        accumulates: false
      ).compute(rows: side, columns: columns)
    }
  }

  private func computeInputGradient() {
    if geometry.stride == 1 {
      correlate(
        paddedGradient, channels: geometry.outputChannels, stride: 1, weights: transposedWeights,
        outputChannels: geometry.inputChannels, side: geometry.inputSide, output: inputGradient)
    } else {
      computeStridedInputGradient()
    }
  }

  /// The tap at a position of the strided backward pass, in which input pixels of even and odd
  /// rows and columns are four convolutions with 1, 2, 2 and 4 taps.
  private static func stridedTap(_ position: Int) -> Int {
    let taps: InlineArray<9, Int> = [4, 5, 3, 7, 1, 8, 6, 2, 0]
    return taps[position]
  }

  private func computeStridedInputGradient() {
    let side = geometry.outputSide
    let channels = geometry.outputChannels
    let columns = geometry.inputChannels / vectorLanes
    let rowCount = (side + 2) * channels
    let tapVectors = channels * columns
    let firstTap: InlineArray<4, Int> = [0, 1, 3, 5]
    for oddRow in 0..<2 {
      for oddColumn in 0..<2 {
        let tap = firstTap[oddRow * 2 + oddColumn]
        for row in 0..<side {
          let target = (2 * row + oddRow) * geometry.inputSide + oddColumn
          Product(
            a: paddedGradient.base + (row + 1) * rowCount + channels, aRow: channels, aStep: 1,
            aOuter: rowCount, b: transposedWeights.vectors + tap * tapVectors, bStep: columns,
            bOuter: tapVectors * (1 + oddColumn), c: inputGradient.vectors + target * columns,
            cRow: 2 * columns, steps: channels * (1 + oddColumn), outers: 1 + oddRow,
            accumulates: false
          ).compute(rows: side, columns: columns)
        }
      }
    }
  }

  private func accumulateWeightGradient(_ weightGradient: FloatView) {
    let channels = geometry.inputChannels
    let columns = geometry.outputChannels / vectorLanes
    let side = geometry.outputSide
    let stride = geometry.stride
    let rowCount = (geometry.inputSide + 2) * channels
    let gradientRow = (side + 2) * columns
    // The three taps of a kernel row are neighbours in memory, so few channels make one block.
    let taps = channels < vectorLanes ? 3 : 1
    for tapRow in 0..<3 {
      for tapColumn in Swift.stride(from: 0, to: 3, by: taps) {
        Product(
          a: paddedInput.base + tapRow * rowCount + tapColumn * channels, aRow: 1,
          aStep: stride * channels, aOuter: stride * rowCount,
          b: paddedGradient.vectors + gradientRow + columns, bStep: columns, bOuter: gradientRow,
          c: weightGradient.vectors + (tapRow * 3 + tapColumn) * channels * columns,
          cRow: columns, steps: side, outers: side, accumulates: true
        ).compute(rows: channels * taps, columns: columns)
      }
    }
  }
}
