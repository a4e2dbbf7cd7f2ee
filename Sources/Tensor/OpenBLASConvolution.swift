import COpenBLAS

/// Convolution as matrix products of OpenBLAS over unrolled windows (im2col).
///
/// It computes any geometry and shares no code with the vector kernels, so it is their reference in
/// tests and can be chosen for comparison. Its bits depend on OpenBLAS's version and CPU.
public final class OpenBLASConvolution: ConvolutionEngine {
  /// The shape that the engine computes.
  public let geometry: ConvolutionGeometry
  private let paddedInput: FloatView
  private let paddedGradient: FloatView
  /// [outputSide²][9·inputChannels]: each output pixel's window.
  private let windows: FloatView
  /// [outputSide²][outputChannels]: the output gradient without its border.
  private let outputGradient: FloatView
  private let inputGradient: FloatView
  /// The weights that were given last.
  private var weights: FloatView?

  /// Makes an engine with its scratch; OpenBLAS runs on one thread from then on.
  ///
  /// - Parameters:
  ///   - geometry: the shape.
  ///   - arena: where the scratch comes from.
  public init(geometry: ConvolutionGeometry, arena: Arena) {
    openblas_set_num_threads(1)
    self.geometry = geometry
    paddedInput = arena.take(geometry.paddedInputCount)
    paddedGradient = arena.take(geometry.paddedOutputCount)
    windows = arena.take(
      geometry.outputSide * geometry.outputSide * 9 * geometry.inputChannels)
    outputGradient = arena.take(geometry.outputCount)
    inputGradient = arena.take(geometry.inputCount)
  }

  /// Keeps the weights.
  ///
  /// - Parameter weights: [3][3][inputChannels][outputChannels].
  public func prepareForward(weights: FloatView) {
    precondition(weights.count == geometry.weightCount, "\(weights.count) weights, \(geometry)")
    self.weights = weights
  }

  /// Keeps the weights.
  ///
  /// - Parameter weights: [3][3][inputChannels][outputChannels].
  public func prepareBackward(weights: FloatView) { prepareForward(weights: weights) }

  /// Computes outputs: windows · weights.
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
    let weights = givenWeights
    for image in images {
      unrollWindows(of: fill(image, paddedInput))
      multiply(
        windows, transposed: false, weights, transposed: false,
        into: output[image], rows: pixels, columns: geometry.outputChannels, inner: windowCount,
        adding: false)
      finish(image)
    }
  }

  /// Computes gradients: windowsᵀ · gradient, and gradient · weightsᵀ rolled back up.
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
    let weights = givenWeights
    for image in images {
      fillGradient(image, paddedGradient)
      copyInterior(of: paddedGradient, geometry.outputShape, to: outputGradient)
      if geometry.inputChannels % vectorLanes == 0 {
        multiply(
          outputGradient, transposed: false, weights, transposed: true, into: windows,
          rows: pixels, columns: windowCount, inner: geometry.outputChannels, adding: false)
        rollUpWindows()
        finish(image, inputGradient)
      }
      unrollWindows(of: fillInput(image, paddedInput))
      multiply(
        windows, transposed: true, outputGradient, transposed: false, into: weightGradient,
        rows: windowCount, columns: geometry.outputChannels, inner: pixels, adding: true)
    }
  }

  private var givenWeights: FloatView {
    guard let weights else { preconditionFailure("a pass before its prepare") }
    return weights
  }

  private var pixels: Int { geometry.outputSide * geometry.outputSide }
  private var windowCount: Int { 9 * geometry.inputChannels }

  private func multiply(
    _ a: FloatView, transposed aIsTransposed: Bool, _ b: FloatView, transposed bIsTransposed: Bool,
    into c: FloatView, rows: Int, columns: Int, inner: Int, adding: Bool
  ) {
    cblas_sgemm(
      CblasRowMajor, aIsTransposed ? CblasTrans : CblasNoTrans,
      bIsTransposed ? CblasTrans : CblasNoTrans, blasint(rows), blasint(columns), blasint(inner), 1,
      a.base, blasint(aIsTransposed ? rows : inner), b.base,
      blasint(bIsTransposed ? inner : columns), adding ? 1 : 0, c.base, blasint(columns))
  }

  /// Where the window of an output pixel lies in the padded input, per kernel row.
  private func windowRow(_ row: Int, _ column: Int, _ tapRow: Int) -> Int {
    let stride = geometry.stride
    return ((row * stride + tapRow) * (geometry.inputSide + 2) + column * stride)
      * geometry.inputChannels
  }

  private func unrollWindows(of padded: FloatView) {
    let count = 3 * geometry.inputChannels
    var target = windows.base
    for row in 0..<geometry.outputSide {
      for column in 0..<geometry.outputSide {
        for tapRow in 0..<3 {
          target.update(from: padded.base + windowRow(row, column, tapRow), count: count)
          target += count
        }
      }
    }
  }

  /// Adds each window's gradient to the pixels it was read from; the padded scratch serves as sum.
  private func rollUpWindows() {
    let channels = geometry.inputChannels
    let count = 3 * channels
    paddedInput.fill(with: 0)
    var source = windows.base
    for row in 0..<geometry.outputSide {
      for column in 0..<geometry.outputSide {
        for tapRow in 0..<3 {
          let target = paddedInput.base + windowRow(row, column, tapRow)
          for index in 0..<count { target[index] += source[index] }
          source += count
        }
      }
    }
    copyInterior(of: paddedInput, geometry.inputShape, to: inputGradient)
    paddedInput.fill(with: 0)
  }

  private func copyInterior(of padded: FloatView, _ shape: ImageShape, to image: FloatView) {
    let count = shape.side * shape.channels
    for row in 0..<shape.side {
      let from = padded.base + ((row + 1) * (shape.side + 2) + 1) * shape.channels
      (image.base + row * count).update(from: from, count: count)
    }
  }
}
