import Tensor

/// A convolution over some images that `bench kernels` times, by one engine.
///
/// A forward run does what a layer of a step does: it readies the weights once, fills each image's
/// padded scratch, and computes; backward goes micro-shard by micro-shard of eight images.
protocol KernelSubject {
  /// Computes all images' outputs.
  func forward()
  /// Computes the gradients of all micro-shards.
  func backward()
}

private let shardImages = 8

/// Values around zero, the same in every run.
private func testValues(_ count: Int) -> FloatView {
  FloatView((0..<count).map { Float(($0 * 2_654_435_761) & 0xffff) / 65_536 - 0.5 })
}

/// A 3×3 convolution.
struct ConvolutionSubject: KernelSubject {
  private let engine: any ConvolutionEngine
  private let images: Int
  private let input: FloatView
  private let output: FloatView
  private let gradient: FloatView
  private let weights: FloatView
  private let weightGradient: FloatView
  private let upcomingForward: UpcomingImages
  private let upcomingBackward: UpcomingImages

  init(_ engine: any ConvolutionEngine, images: Int) {
    let geometry = engine.geometry
    self.engine = engine
    self.images = images
    // An image is stored with its border, other inputs without.
    let isImage = geometry.inputChannels == 3
    input = testValues(images * (isImage ? geometry.paddedInputCount : geometry.inputCount))
    output = FloatView(zeros: images * geometry.outputCount)
    gradient = testValues(images * geometry.outputCount)
    weights = testValues(geometry.weightCount)
    weightGradient = FloatView(zeros: geometry.weightCount)
    // As in the network, an image is not fetched ahead: it is no whole number of vectors.
    let inputs = isImage ? [] : [input]
    upcomingForward = UpcomingImages(images: images, reading: inputs, writing: [output])
    upcomingBackward = UpcomingImages(images: images, reading: inputs + [gradient])
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
    let geometry = engine.geometry
    let shape = ImageShape(side: geometry.outputSide, channels: geometry.outputChannels)
    for first in stride(from: 0, to: images, by: shardImages) {
      engine.backward(
        images: first..<min(first + shardImages, images), weightGradient: weightGradient,
        upcoming: upcomingBackward,
        fillGradient: { image, padded in
          let start = image * shape.count
          copy(gradient[start..<start + shape.count], shape: shape, intoPadded: padded)
        }, fillInput: { fill(input: $0, $1) }, finish: { _, _ in })
    }
  }

  private func fill(input image: Int, _ padded: FloatView) {
    let geometry = engine.geometry
    let count = input.count / images
    let source = input[image * count..<(image + 1) * count]
    if geometry.inputChannels == 3 {
      padded.copy(from: source)
    } else {
      copy(
        source, shape: ImageShape(side: geometry.inputSide, channels: geometry.inputChannels),
        intoPadded: padded)
    }
  }
}

/// A 1×1 projection.
struct ProjectionSubject: KernelSubject {
  private let kernel: Projection
  private let shapes: (input: ImageShape, output: ImageShape)
  private let images: Int
  private let input: FloatView
  private let output: FloatView
  private let inputGradient: FloatView
  private let weights: FloatView
  private let bias: FloatView
  private let gradients: (weights: FloatView, bias: FloatView)

  init(input inputShape: ImageShape, output outputShape: ImageShape, images: Int) {
    kernel = Projection(input: inputShape, output: outputShape, arena: Arena())
    shapes = (inputShape, outputShape)
    self.images = images
    input = testValues(images * inputShape.count)
    output = testValues(images * outputShape.count)
    inputGradient = FloatView(zeros: inputShape.count)
    weights = testValues(inputShape.channels * outputShape.channels)
    bias = testValues(outputShape.channels)
    gradients = (FloatView(zeros: weights.count), FloatView(zeros: bias.count))
  }

  private func image(_ index: Int, of view: FloatView) -> FloatView {
    let count = view.count / images
    return view[index * count..<(index + 1) * count]
  }

  func forward() {
    for index in 0..<images {
      kernel.forward(
        image(index, of: input), weights: weights, bias: bias, into: image(index, of: output))
    }
  }

  func backward() {
    kernel.prepareBackward(weights: weights)
    for index in 0..<images {
      kernel.addInputGradient(of: image(index, of: output), to: inputGradient)
      kernel.accumulateGradients(
        image(index, of: input), gradient: image(index, of: output),
        weightGradient: gradients.weights, biasGradient: gradients.bias)
    }
  }
}
