import Tensor

/// Some local images that are computed together: a micro-shard, or a part of an evaluation.
struct Portion {
  /// Positions among the local images.
  let images: Range<Int>
  /// The local micro-shard.
  let leaf: Int
  /// The batch-norm group.
  let group: Int
}

/// A 3×3 convolution and what follows it: batch norm, or a bias alone in the bare stem.
///
/// It stores the raw convolution output; whoever reads it applies ``scale(ofGroup:)`` and
/// ``shift(ofGroup:)`` on the way.
final class ConvolutionUnit {
  let engine: any ConvolutionEngine
  let outputShape: ImageShape
  /// Where the weights, and what is trained with them, lie among the summed parameters.
  let parameterRange: Range<Int>
  /// Batch norm, or in the bare stem a bias with factors of one.
  private enum Successor {
    case norm(BatchNormalization)
    case bias(FloatView, factors: FloatView)
  }

  private let successor: Successor
  private let weights: FloatView
  /// Raw outputs, [local images][side][side][channels].
  let output: FloatView
  /// What the passes' closures read and write, to be fetched ahead.
  var upcomingForward = UpcomingImages.none
  var upcomingBackward = UpcomingImages.none

  /// Makes the unit named by its convolution and, unless it is the bare stem, its batch norm.
  init(
    convolution: String, norm normName: String?, parameterRange: Range<Int>,
    engine: any ConvolutionEngine, partition: BatchPartition, buffers: NetworkBuffers, arena: Arena
  ) {
    self.engine = engine
    let geometry = engine.geometry
    outputShape = ImageShape(side: geometry.outputSide, channels: geometry.outputChannels)
    self.parameterRange = parameterRange
    weights = buffers.parameter("\(convolution).weight")
    output = arena.take(partition.localSamples * geometry.outputCount)
    if let normName {
      successor = .norm(
        BatchNormalization(
          name: normName, shape: outputShape, partition: partition, buffers: buffers, arena: arena))
    } else {
      let ones = FloatView(zeros: geometry.outputChannels)
      ones.fill(with: 1)
      successor = .bias(buffers.parameter("\(convolution).bias"), factors: ones)
    }
  }

  /// The unit's batch norm, unless it is the bare stem.
  var norm: BatchNormalization? {
    if case .norm(let norm) = successor { return norm }
    return nil
  }

  /// The raw output of an image.
  func image(_ index: Int) -> FloatView {
    output[index * outputShape.count..<(index + 1) * outputShape.count]
  }

  /// The factor per channel that turns the raw output into the normalised one.
  func scale(ofGroup group: Int) -> FloatView {
    switch successor {
    case .norm(let norm): norm.scale(ofGroup: group)
    case .bias(_, let factors): factors
    }
  }

  /// The term per channel that goes with ``scale(ofGroup:)``.
  func shift(ofGroup group: Int) -> FloatView {
    switch successor {
    case .norm(let norm): norm.shift(ofGroup: group)
    case .bias(let bias, _): bias
    }
  }

  /// Computes raw outputs, and in training the batch's statistics.
  ///
  /// **Ranks**: collective if `combine` is.
  ///
  /// - Parameters:
  ///   - portions: the images.
  ///   - training: whether to use the batch's statistics, or the running ones.
  ///   - input: writes an image's input into the interior of a padded scratch.
  ///   - combine: combines the batch's statistics once they are there.
  /// - Throws: what `combine` throws.
  func forward(
    _ portions: [Portion], training: Bool,
    input: (_ image: Int, _ group: Int, _ padded: FloatView) -> Void,
    combine: (BatchNormalization) throws -> Void
  ) rethrows {
    engine.prepareForward(weights: weights)
    guard let norm else {
      compute(portions, input: input) { _, _ in }
      return
    }
    if !training {
      norm.useRunningStatistics()
      compute(portions, input: input) { _, _ in }
      return
    }
    norm.beginSums()
    compute(portions, input: input) { portion, image in
      accumulateMoments(
        self.image(image), shape: outputShape, pivot: pivot(of: portion),
        into: norm.sums(ofLeaf: portion.leaf))
    }
    for portion in portions { norm.finishShard(portion.leaf, pivot: pivot(of: portion)) }
    try combine(norm)
  }

  /// The first pixel of a micro-shard: near enough to the mean, whoever computes it.
  private func pivot(of portion: Portion) -> FloatView {
    image(portion.images.lowerBound)[0..<outputShape.channels]
  }

  private func compute(
    _ portions: [Portion], input: (Int, Int, FloatView) -> Void, finish: (Portion, Int) -> Void
  ) {
    for portion in portions {
      engine.forward(images: portion.images, output: output, upcoming: upcomingForward) {
        image, padded in
        input(image, portion.group, padded)
      } finish: { image in
        finish(portion, image)
      }
    }
  }

  /// Computes the gradients of one micro-shard.
  ///
  /// - Parameters:
  ///   - portion: the micro-shard.
  ///   - gradient: of the unit's parameters; its first part, the weights', is overwritten.
  ///   - outputGradient: an image's gradient of the normalised output.
  ///   - input: writes an image's input, as in the forward pass.
  ///   - finish: called with each image's input gradient.
  func backward(
    _ portion: Portion, gradient: FloatView, outputGradient: (_ image: Int) -> FloatView,
    input: (_ image: Int, _ padded: FloatView) -> Void,
    finish: (_ image: Int, _ inputGradient: FloatView) -> Void
  ) {
    engine.backward(
      images: portion.images, weightGradient: gradient[0..<engine.geometry.weightCount],
      upcoming: upcomingBackward,
      fillGradient: { image, padded in
        if let norm {
          let (a, b, c) = norm.gradientCoefficients(ofGroup: portion.group)
          backpropagateNormalization(
            outputGradient(image), y: self.image(image), shape: outputShape, a: a, b: b, c: c,
            intoPadded: padded)
        } else {
          copy(outputGradient(image), shape: outputShape, intoPadded: padded)
        }
      }, fillInput: input, finish: finish)
  }

  /// Readies the backward pass.
  func prepareBackward() { engine.prepareBackward(weights: weights) }
}
