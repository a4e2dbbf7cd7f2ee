/// A 1×1 convolution with bias: the projection shortcut of options B and C.
public final class Projection {
  private let input: ImageShape
  private let output: ImageShape
  private let stride: Int
  /// [outputChannels][inputChannels], for the backward pass.
  private let transposedWeights: FloatView

  /// Makes a projection with its scratch.
  ///
  /// - Parameters:
  ///   - input: the shape of its input.
  ///   - output: the shape of its output, `stride` times smaller.
  ///   - arena: where the scratch comes from.
  public init(input: ImageShape, output: ImageShape, arena: Arena) {
    precondition(input.side % output.side == 0, "side \(input.side) to \(output.side)")
    self.input = input
    self.output = output
    stride = input.side / output.side
    transposedWeights = arena.take(input.channels * output.channels)
  }

  /// Computes one image's output.
  ///
  /// - Parameters:
  ///   - image: [side][side][inputChannels].
  ///   - weights: [inputChannels][outputChannels].
  ///   - bias: [outputChannels].
  ///   - result: [side/stride][side/stride][outputChannels].
  public func forward(
    _ image: FloatView, weights: FloatView, bias: FloatView, into result: FloatView
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.projections, entered: entry) }
    check(image, weights, result)
    for pixel in 0..<output.side * output.side {
      (result.vectors + pixel * output.columns).update(from: bias.vectors, count: output.columns)
    }
    for row in 0..<runs {
      MatrixProduct(
        a: image.base + row * stride * input.side * input.channels,
        aRow: stride * input.channels, aStep: 1, b: weights.vectors, bStep: output.columns,
        c: result.vectors + row * output.side * output.columns, cRow: output.columns,
        steps: input.channels, accumulates: true
      ).compute(rows: runPixels, columns: output.columns)
    }
  }

  /// Transposes the weights for `addInputGradient`.
  ///
  /// - Parameter weights: [inputChannels][outputChannels].
  public func prepareBackward(weights: FloatView) {
    transpose(
      weights.base, rows: input.channels, columns: output.channels, into: transposedWeights.base)
  }

  /// Adds one image's input gradient.
  ///
  /// - Parameters:
  ///   - gradient: the gradient of the output.
  ///   - inputGradient: the gradient of the input; added to.
  public func addInputGradient(of gradient: FloatView, to inputGradient: FloatView) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.projections, entered: entry) }
    check(inputGradient, transposedWeights, gradient)
    for row in 0..<runs {
      MatrixProduct(
        a: gradient.base + row * output.side * output.channels, aRow: output.channels, aStep: 1,
        b: transposedWeights.vectors, bStep: input.columns,
        c: inputGradient.vectors + row * stride * input.side * input.columns,
        cRow: stride * input.columns, steps: output.channels, accumulates: true
      ).compute(rows: runPixels, columns: input.columns)
    }
  }

  /// Adds one image's gradients of weights and bias.
  ///
  /// - Parameters:
  ///   - image: the input.
  ///   - gradient: the gradient of the output.
  ///   - weightGradient: [inputChannels][outputChannels]; added to.
  ///   - biasGradient: [outputChannels]; added to.
  public func accumulateGradients(
    _ image: FloatView, gradient: FloatView, weightGradient: FloatView, biasGradient: FloatView
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.projections, entered: entry) }
    check(image, weightGradient, gradient)
    MatrixProduct(
      a: image.base, aRow: 1, aStep: stride * input.channels,
      aOuter: stride * input.side * input.channels, b: gradient.vectors, bStep: output.columns,
      bOuter: output.side * output.columns, c: weightGradient.vectors, cRow: output.columns,
      steps: runPixels, outers: runs, accumulates: true
    ).compute(rows: input.channels, columns: output.columns)
    accumulateChannelSums(gradient, shape: output, into: biasGradient)
  }

  /// Runs of output pixels whose inputs lie at one distance: rows, or with stride 1 the whole image.
  private var runs: Int { stride == 1 ? 1 : output.side }
  private var runPixels: Int { output.side * output.side / runs }

  private func check(_ image: FloatView, _ weights: FloatView, _ result: FloatView) {
    input.check(image)
    output.check(result)
    precondition(
      weights.count == input.channels * output.channels, "\(weights.count) projection weights")
  }
}
