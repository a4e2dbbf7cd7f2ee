import Tensor

/// Some local images that are computed together: a shard of the batch, or a part of an evaluation.
struct LocalShard {
  /// Which of the local shards.
  package let index: Int
  /// The positions of its images among the local ones.
  let images: Range<Int>
  /// The batch-norm group.
  let group: Int
}

/// A 3×3 convolution with its input, and what follows it: batch norm, or in the bare stem a bias.
///
/// It stores the raw convolution output; whoever reads it applies ``scale(ofGroup:)`` and
/// ``shift(ofGroup:)`` on the way.
final class ConvolutionUnit {
  /// Batch norm, or in the bare stem a bias with factors of one.
  private enum Successor {
    case norm(BatchNormalization)
    case bias(FloatView, factors: FloatView)
  }

  /// What it reads.
  let input: UnitInput
  /// The shortcut that begins at its input, if it is the first of a residual block.
  let branch: Shortcut?
  /// Where the weights, and what is trained with them, lie among the summed parameters.
  let parameterRange: Range<Int>
  /// Raw outputs of the local images.
  let output: ImageBuffer
  /// Gradients of the normalised outputs; shared with other units.
  let gradient: ImageBuffer

  private let engine: any ConvolutionEngine
  private let successor: Successor
  private let weights: FloatView
  private let upcomingForward: UpcomingImages
  private let upcomingGradients: UpcomingImages
  private let upcomingInputs: UpcomingImages

  /// Makes the unit of a description.
  init(
    _ description: UnitDescription, input: UnitInput, branch: Shortcut?, gradient: ImageBuffer,
    parameterRange: Range<Int>, engine: any ConvolutionEngine, partition: BatchPartition,
    buffers: NetworkBuffers, arena: Arena
  ) {
    let shape = description.geometry.outputShape
    self.input = input
    self.branch = branch
    self.gradient = gradient
    self.parameterRange = parameterRange
    self.engine = engine
    weights = buffers.parameter("\(description.convolution).weight")
    output = ImageBuffer(partition.localSamples, of: shape, arena: arena)
    if let norm = description.norm {
      successor = .norm(
        BatchNormalization(
          name: norm, shape: shape, partition: partition, buffers: buffers, arena: arena))
    } else {
      let ones = FloatView(zeros: shape.channels)
      ones.fill(with: 1)
      successor = .bias(buffers.parameter("\(description.convolution).bias"), factors: ones)
    }
    switch input {
    case .images:
      // An image is no whole number of vectors, and is read from end to end anyway.
      upcomingForward = UpcomingImages([output])
      upcomingInputs = .none
    case .activation(let activation):
      let before = activation.before
      upcomingForward = UpcomingImages(
        activation.reads + activation.writes + [output] + (branch?.writes ?? []))
      // What the activation kept in the forward pass is its mask now.
      upcomingInputs = UpcomingImages(
        [before.output, before.gradient] + activation.writes + (branch?.gradientReads ?? []))
    }
    upcomingGradients = UpcomingImages([gradient, output])
  }

  /// The shape of its outputs.
  var shape: ImageShape { output.shape }

  /// The unit's batch norm, unless it is the bare stem.
  var norm: BatchNormalization? {
    if case .norm(let norm) = successor { norm } else { nil }
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

  /// Computes raw outputs and, if they are to be used, the batch's statistics.
  ///
  /// **Ranks**: collective with the batch's statistics.
  ///
  /// - Parameters:
  ///   - shards: the images.
  ///   - statistics: whose statistics are applied to the output.
  /// - Throws: what the reducer of the statistics throws.
  func forward<Failure>(
    _ shards: [LocalShard], _ statistics: Statistics<Failure>
  ) throws(Failure) {
    engine.prepareForward(weights: weights)
    guard let norm else {
      compute(shards) { _, _ in }
      return
    }
    switch statistics {
    case .running:
      norm.useRunningStatistics()
      compute(shards) { _, _ in }
    case .batch(let reducer):
      norm.beginSums()
      compute(shards) { shard, image in
        accumulateMoments(
          output[image], shape: shape, pivot: pivot(of: shard),
          into: norm.sums(ofLocalShard: shard.index))
      }
      for shard in shards { norm.finishShard(shard.index, pivot: pivot(of: shard)) }
      try norm.finishForward(reducer)
    }
  }

  /// The first pixel of a shard: near enough to the mean, whoever computes it.
  private func pivot(of shard: LocalShard) -> FloatView {
    output[shard.images.lowerBound][0..<shape.channels]
  }

  private func compute(_ shards: [LocalShard], finish: (LocalShard, Int) -> Void) {
    for shard in shards {
      engine.forward(images: shard.images, output: output, upcoming: upcomingForward) {
        image, scratch in
        switch input {
        case .images(let images): return images[image]
        case .activation(let activation):
          let computed = activation.compute(image, group: shard.group, into: scratch)
          branch?.forward(image)
          return computed
        }
      } finish: { image in
        finish(shard, image)
      }
    }
  }

  /// Readies the backward pass.
  func prepareBackward() {
    engine.prepareBackward(weights: weights)
    branch?.prepareBackward()
    if case .activation(let activation) = input { activation.before.norm?.beginSums() }
  }

  /// Computes the gradients of one shard.
  ///
  /// - Parameters:
  ///   - shard: the shard.
  ///   - gradients: of the parameters of ``parameterRange``; overwritten.
  func backward(_ shard: LocalShard, into gradients: FloatView) {
    let weightCount = engine.geometry.weightCount
    let others = gradients[weightCount..<gradients.count]
    others.fill(with: 0)
    engine.backward(
      images: shard.images, weightGradient: gradients[0..<weightCount],
      upcomingGradients: upcomingGradients, upcomingInputs: upcomingInputs,
      fillGradient: { image, scratch in fillGradient(image, group: shard.group, into: scratch) },
      fillInput: { image, scratch in
        switch input {
        case .images(let images): images[image]
        case .activation(let activation):
          activation.recompute(image, group: shard.group, into: scratch)
        }
      },
      finish: { image, inputGradient in
        guard case .activation(let activation) = input else { return }
        let identity = branch?.backward(image, inputGradient: inputGradient, gradient: others)
        activation.backpropagate(image, of: shard, gradient: inputGradient, identity: identity)
      })
    if norm == nil {
      for image in shard.images {
        accumulateChannelSums(gradient[image], shape: shape, into: others)
      }
    }
  }

  /// Writes an image's gradient of the raw output.
  private func fillGradient(_ image: Int, group: Int, into scratch: FloatView) {
    if let norm {
      let (a, b, c) = norm.gradientCoefficients(ofGroup: group)
      backpropagateNormalization(
        gradient[image], y: output[image], shape: shape, a: a, b: b, c: c, into: scratch)
    } else {
      copy(gradient[image], shape: shape, into: scratch)
    }
  }
}
