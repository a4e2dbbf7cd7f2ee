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
  /// The weights that ``prepareForward(weights:)`` was given.
  private var weights: FloatView?
  /// The convolution of stride 1 that the input gradient of one is of the output gradient.
  private let backwardGeometry: ConvolutionGeometry

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
    backwardGeometry =
      hasInputGradient
      ? ConvolutionGeometry(
        inputSide: geometry.outputSide, inputChannels: geometry.outputChannels,
        outputChannels: geometry.inputChannels) : geometry
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
  ///   - output: the layer's images.
  ///   - upcoming: what the closures read and write.
  ///   - fill: writes an image's input.
  ///   - finish: called with each image.
  public func forward(
    images: Range<Int>, output: ImageBuffer, upcoming: UpcomingImages,
    fill: (Int, FloatView) -> FloatView, finish: (Int) -> Void
  ) {
    guard let weights else { preconditionFailure("forward before prepareForward") }
    for image in images {
      let padded = fill(image, paddedInput)
      geometry.runDirect(
        DirectProducts(
          padded: padded.base, weights: weights.vectors, output: output[image].vectors,
          upcoming: upcoming.part(after: image..<image + 1)))
      finish(image)
    }
  }

  /// Transposes the weights, tap by tap in the order in which the input gradient visits them.
  ///
  /// - Parameter weights: [3][3][inputChannels][outputChannels].
  public func prepareBackward(weights: FloatView) {
    precondition(weights.count == geometry.weightCount, "\(weights.count) weights, \(geometry)")
    if transposedWeights.count == 0 { return }
    let (inputs, outputs) = (geometry.inputChannels, geometry.outputChannels)
    for position in 0..<9 {
      let tap = geometry.stride == 1 ? 8 - position : DirectStridedInputGradient.tap(position)
      transpose(
        weights.base + tap * inputs * outputs, rows: inputs, columns: outputs,
        into: transposedWeights.base + position * inputs * outputs)
    }
  }

  /// Computes both gradients image by image.
  ///
  /// - Parameters:
  ///   - images: the images to sum over.
  ///   - weightGradient: [3][3][inputChannels][outputChannels]; overwritten.
  ///   - upcomingGradients: what `fillGradient` reads.
  ///   - upcomingInputs: what `fillInput` and `finish` read and write.
  ///   - fillGradient: writes an image's output gradient.
  ///   - fillInput: writes an image's input.
  ///   - finish: called with each image's input gradient.
  public func backward(
    images: Range<Int>, weightGradient: FloatView, upcomingGradients: UpcomingImages,
    upcomingInputs: UpcomingImages, fillGradient: (Int, FloatView) -> Void,
    fillInput: (Int, FloatView) -> FloatView,
    finish: (Int, FloatView) -> Void
  ) {
    precondition(weightGradient.count == geometry.weightCount, "\(weightGradient.count) weights")
    weightGradient.fill(with: 0)
    for image in images {
      fillGradient(image, paddedGradient)
      if inputGradient.count > 0 {
        computeInputGradient(fetching: upcomingInputs.part(of: image..<image + 1))
        finish(image, inputGradient)
      }
      let padded = fillInput(image, paddedInput)
      geometry.runDirect(
        DirectWeightGradients(
          padded: padded.base, gradient: paddedGradient.vectors,
          weightGradient: weightGradient.vectors,
          upcoming: upcomingGradients.part(after: image..<image + 1)))
    }
  }

  private func computeInputGradient(fetching upcoming: UpcomingImages.Part) {
    if geometry.stride == 2 {
      geometry.runDirect(
        DirectStridedInputGradient(
          padded: paddedGradient.base, weights: transposedWeights.vectors,
          inputGradient: inputGradient.vectors, upcoming: upcoming))
    } else {
      backwardGeometry.runDirect(
        DirectProducts(
          padded: paddedGradient.base, weights: transposedWeights.vectors,
          output: inputGradient.vectors, upcoming: upcoming))
    }
  }
}
