import Tensor

/// A convolution over some images that `bench kernels` times, by one engine.
///
/// A forward run does what a layer of a step does: it readies the weights once, gives each image, and
/// computes; backward goes shard by shard of eight images.
protocol KernelSubject {
  /// Computes all images' outputs.
  func forward()
  /// Computes the gradients of all shards.
  func backward()
}

private let shardImages = 8

/// Values around zero, the same in every run.
private func testValues(_ count: Int) -> FloatView {
  FloatView((0..<count).map { Float(($0 * 2_654_435_761) & 0xffff) / 65_536 - 0.5 })
}

private func testImages(_ count: Int, _ shape: ImageShape) -> ImageBuffer {
  ImageBuffer(testValues(count * shape.count), shape: shape)
}

/// A 3×3 convolution.
struct ConvolutionSubject: KernelSubject {
  private let engine: any ConvolutionEngine
  private let images: Int
  private let input: ImageBuffer
  private let output: ImageBuffer
  private let gradient: ImageBuffer
  private let weights: FloatView
  private let weightGradient: FloatView
  private let upcomingForward: UpcomingImages
  private let upcomingGradients: UpcomingImages
  private let upcomingInputs: UpcomingImages

  init(_ engine: any ConvolutionEngine, images: Int) {
    let geometry = engine.geometry
    self.engine = engine
    self.images = images
    // An image is stored with its border, other inputs without.
    let isImage = geometry.inputChannels == 3
    input = testImages(images, isImage ? geometry.inputShape.padded : geometry.inputShape)
    output = ImageBuffer(
      FloatView(zeros: images * geometry.outputCount), shape: geometry.outputShape)
    gradient = testImages(images, geometry.outputShape)
    weights = testValues(geometry.weightCount)
    weightGradient = FloatView(zeros: geometry.weightCount)
    // As in the network, an image is not fetched ahead: it is no whole number of vectors.
    let inputs = isImage ? [] : [input]
    upcomingForward = UpcomingImages(inputs + [output])
    upcomingGradients = UpcomingImages([gradient])
    upcomingInputs = UpcomingImages(inputs)
  }

  func forward() {
    engine.prepareForward(weights: weights)
    engine.forward(images: 0..<images, output: output, upcoming: upcomingForward) {
      fill(input: $0, $1)
    } finish: { _ in
    }
  }

  func backward() {
    engine.prepareBackward(weights: weights)
    for first in stride(from: 0, to: images, by: shardImages) {
      engine.backward(
        images: first..<min(first + shardImages, images), weightGradient: weightGradient,
        upcomingGradients: upcomingGradients, upcomingInputs: upcomingInputs,
        fillGradient: { copy(gradient[$0], shape: gradient.shape, into: $1) },
        fillInput: { fill(input: $0, $1) }, finish: { _, _ in })
    }
  }

  /// The input itself where it has the scratch's form, as in the network, else a copy.
  private func fill(input image: Int, _ scratch: FloatView) -> FloatView {
    if input.shape.count == scratch.count { return input[image] }
    copy(input[image], shape: input.shape, into: scratch)
    return scratch
  }
}

/// A 1×1 projection.
struct ProjectionSubject: KernelSubject {
  private let kernel: Projection
  private let input: ImageBuffer
  private let output: ImageBuffer
  private let inputGradient: FloatView
  private let weights: FloatView
  private let bias: FloatView
  private let gradients: (weights: FloatView, bias: FloatView)

  init(input inputShape: ImageShape, output outputShape: ImageShape, images: Int) {
    kernel = Projection(input: inputShape, output: outputShape, arena: Arena())
    input = testImages(images, inputShape)
    output = testImages(images, outputShape)
    inputGradient = FloatView(zeros: inputShape.count)
    weights = testValues(inputShape.channels * outputShape.channels)
    bias = testValues(outputShape.channels)
    gradients = (FloatView(zeros: weights.count), FloatView(zeros: bias.count))
  }

  func forward() {
    for index in 0..<input.count {
      kernel.forward(
        input[index], weights: weights, bias: bias, into: output[index])
    }
  }

  func backward() {
    kernel.prepareBackward(weights: weights)
    for index in 0..<input.count {
      kernel.addInputGradient(of: output[index], to: inputGradient)
      kernel.accumulateGradients(
        input[index], gradient: output[index],
        weightGradient: gradients.weights, biasGradient: gradients.bias)
    }
  }
}
