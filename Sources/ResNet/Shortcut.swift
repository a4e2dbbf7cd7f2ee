import Tensor

/// The shortcut around the convolutions of a residual block.
///
/// See "Deep Residual Learning for Image Recognition", §3.3.
final class Shortcut {
  private enum Form {
    /// The input as it is.
    case identity
    /// Option A: every second pixel of each second row, zeros in the channels beyond.
    case subsampled
    /// Options B and C.
    case projection(ProjectionParameters)
  }

  private let form: Form
  private let outputShape: ImageShape
  /// The block's input activations.
  private let inputs: ImageBuffer
  /// The gradients of the block's outputs, before its last ReLU.
  private let outputGradients: ImageBuffer

  init(
    _ block: BlockDescription, inputs: ImageBuffer, outputGradients: ImageBuffer,
    buffers: NetworkBuffers, arena: Arena
  ) {
    self.inputs = inputs
    self.outputGradients = outputGradients
    outputShape = block.output
    if block.hasProjection {
      form = .projection(
        ProjectionParameters(block, images: inputs.count, buffers: buffers, arena: arena))
    } else {
      form = block.changesShape ? .subsampled : .identity
    }
  }

  private var projection: ProjectionParameters? {
    if case .projection(let projection) = form { projection } else { nil }
  }

  /// Computes what the shortcut adds, once an image's input activation is kept.
  func forward(_ image: Int) {
    projection?.forward(inputs[image], image: image)
  }

  /// What the shortcut adds to an image before the block's last ReLU.
  func addend(_ image: Int) -> Addend {
    switch form {
    case .identity: .same(inputs[image])
    case .subsampled: .subsampled(inputs[image], channels: inputs.shape.channels)
    case .projection(let projection): .same(projection.outputs[image])
    }
  }

  /// What ``addend(_:)`` reads of all images.
  package var source: ImageBuffer { projection?.outputs ?? inputs }
  /// What ``forward(_:)`` writes of all images.
  var writes: [ImageBuffer] { projection.map { [$0.outputs] } ?? [] }

  /// What ``backward(_:inputGradient:gradient:)`` reads besides the buffers of the unit before.
  var gradientReads: [ImageBuffer] { inputs.shape == outputShape ? [] : [outputGradients] }

  func prepareBackward() { projection?.prepareBackward() }

  /// Passes the gradient of the block's output back to its input.
  ///
  /// - Parameters:
  ///   - image: a local image.
  ///   - inputGradient: added to, except by an identity.
  ///   - gradient: of the projection's weights, then of its bias; added to.
  /// - Returns: the gradient that an identity adds, which is left to the next pass.
  func backward(_ image: Int, inputGradient: FloatView, gradient: FloatView) -> FloatView? {
    let outputGradient = outputGradients[image]
    switch form {
    case .identity: return outputGradient
    case .subsampled:
      addSubsampled(
        outputGradient, shape: outputShape, to: inputGradient,
        inputChannels: inputs.shape.channels)
    case .projection(let projection):
      projection.backward(
        inputs[image], outputGradient: outputGradient, inputGradient: inputGradient,
        gradient: gradient)
    }
    return nil
  }
}

/// The projection of options B and C with its parameters and stored outputs.
private struct ProjectionParameters {
  private let kernel: Projection
  private let weights: FloatView
  private let bias: FloatView
  let outputs: ImageBuffer

  init(_ block: BlockDescription, images: Int, buffers: NetworkBuffers, arena: Arena) {
    kernel = Projection(input: block.input, output: block.output, arena: arena)
    weights = buffers.parameter("\(block.name).shortcut.weight")
    bias = buffers.parameter("\(block.name).shortcut.bias")
    outputs = ImageBuffer(images, of: block.output, arena: arena)
  }

  func forward(_ input: FloatView, image: Int) {
    kernel.forward(input, weights: weights, bias: bias, into: outputs[image])
  }

  func prepareBackward() { kernel.prepareBackward(weights: weights) }

  func backward(
    _ input: FloatView, outputGradient: FloatView, inputGradient: FloatView, gradient: FloatView
  ) {
    kernel.addInputGradient(of: outputGradient, to: inputGradient)
    kernel.accumulateGradients(
      input, gradient: outputGradient, weightGradient: gradient[0..<weights.count],
      biasGradient: gradient[weights.count..<gradient.count])
  }
}
