import Tensor

/// Two convolutions and, in a residual network, the shortcut around them.
///
/// See Figure 2 of "Deep Residual Learning for Image Recognition".
///
/// Its input activation is computed and stored by its first convolution's prologue; its output
/// exists only as the raw output of the second convolution until the next block asks for it.
final class Block {
  let description: Architecture.BlockDescription
  let first: ConvolutionUnit
  let second: ConvolutionUnit
  private let hasShortcut: Bool
  private let projection: ProjectionShortcut?
  /// Input activations, [local images][side][side][channels].
  let inputs: FloatView

  init(
    _ description: Architecture.BlockDescription, kind: Architecture.Kind, first: ConvolutionUnit,
    second: ConvolutionUnit, partition: BatchPartition, buffers: NetworkBuffers, arena: Arena
  ) {
    self.description = description
    self.first = first
    self.second = second
    hasShortcut = kind == .residual
    inputs = arena.take(partition.localSamples * description.input.count)
    projection =
      description.hasProjection
      ? ProjectionShortcut(description, partition: partition, buffers: buffers, arena: arena) : nil
  }

  /// The input activation of an image.
  func input(_ image: Int) -> FloatView {
    inputs[image * description.input.count..<(image + 1) * description.input.count]
  }

  /// Computes what the shortcut adds, once an image's input activation is stored.
  func computeShortcut(_ image: Int) {
    projection?.forward(input(image), image: image)
  }

  /// What ``computeShortcut(_:)`` writes of all images, if anything.
  var shortcutTarget: FloatView? { projection?.outputs }

  /// What ``shortcut(_:)`` reads of all images, if anything.
  var shortcutSource: FloatView? { hasShortcut ? projection?.outputs ?? inputs : nil }

  /// What the shortcut adds to an image before the block's last ReLU.
  func shortcut(_ image: Int) -> Addend {
    if !hasShortcut { return .none }
    if let projection { return .same(projection.output(image)) }
    if description.changesShape {
      return .subsampled(input(image), channels: description.input.channels)
    }
    return .same(input(image))
  }

  func prepareShortcutBackward() { projection?.prepareBackward() }

  /// Passes the gradient of the block's output back through the shortcut.
  ///
  /// - Parameters:
  ///   - outputGradient: an image's gradient before the block's last ReLU.
  ///   - image: which image.
  ///   - inputGradient: added to, except by an identity.
  ///   - gradient: of the first unit's parameters, which the projection's follow; added to.
  /// - Returns: the gradient that an identity shortcut adds, which is left to the next pass.
  func backpropagateShortcut(
    _ outputGradient: FloatView, image: Int, inputGradient: FloatView, gradient: FloatView
  ) -> FloatView? {
    if !hasShortcut { return nil }
    if let projection {
      projection.backward(
        input(image), outputGradient: outputGradient, inputGradient: inputGradient,
        gradient: gradient[first.engine.geometry.weightCount..<gradient.count])
      return nil
    }
    if description.changesShape {
      addSubsampled(
        outputGradient, shape: description.output, to: inputGradient,
        inputChannels: description.input.channels)
      return nil
    }
    return outputGradient
  }

  /// Clears the part of a micro-shard's gradient that the shortcut adds to.
  func clearShortcutGradient(_ gradient: FloatView) {
    gradient[first.engine.geometry.weightCount..<gradient.count].fill(with: 0)
  }
}

/// The projection of options B and C with its parameters and stored outputs.
private final class ProjectionShortcut {
  private let kernel: Projection
  private let weights: FloatView
  private let bias: FloatView
  private let shape: ImageShape
  /// [local images][side][side][channels] of the block's output.
  let outputs: FloatView

  init(
    _ description: Architecture.BlockDescription, partition: BatchPartition,
    buffers: NetworkBuffers, arena: Arena
  ) {
    kernel = Projection(input: description.input, output: description.output, arena: arena)
    weights = buffers.parameter("\(description.name).shortcut.weight")
    bias = buffers.parameter("\(description.name).shortcut.bias")
    shape = description.output
    outputs = arena.take(partition.localSamples * shape.count)
  }

  func output(_ image: Int) -> FloatView {
    outputs[image * shape.count..<(image + 1) * shape.count]
  }

  func forward(_ input: FloatView, image: Int) {
    kernel.forward(input, weights: weights, bias: bias, into: output(image))
  }

  func prepareBackward() { kernel.prepareBackward(weights: weights) }

  /// `gradient` holds the weights' part, then the bias's.
  func backward(
    _ input: FloatView, outputGradient: FloatView, inputGradient: FloatView, gradient: FloatView
  ) {
    kernel.addInputGradient(of: outputGradient, to: inputGradient)
    kernel.accumulateGradients(
      input, gradient: outputGradient, weightGradient: gradient[0..<weights.count],
      biasGradient: gradient[weights.count..<gradient.count])
  }
}
