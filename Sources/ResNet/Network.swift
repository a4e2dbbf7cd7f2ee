import Tensor

/// A network of the paper with its parameters, gradients and activations in flat buffers.
///
/// One training step is ``computeGradients(reduction:)``, the reduction of ``nodeGradients`` over
/// ranks into ``gradients``, and an update of ``parameters``. Forward and backward are written out
/// as in the paper; see `forward` and `NetworkBackward.swift`.
public final class Network {
  /// Which network.
  public let architecture: Architecture
  /// Which images of the global batch are computed here.
  public let partition: BatchPartition
  /// Where each tensor lies in the flat buffers.
  public let layout: ParameterLayout
  /// Local images that the next pass reads, [local samples][side+2][side+2][3], borders zero.
  public let images: FloatView
  /// The classes of ``images``.
  public var labels: [Int]
  /// What the last pass over the training images lost, per local micro-shard.
  public internal(set) var lossSums: [LossSums]

  let buffers: NetworkBuffers
  let accumulator: GradientAccumulator
  let stem: ConvolutionUnit
  let blocks: [Block]
  let classifier: Classifier
  let classifierRange: Range<Int>
  let portions: [Portion]
  /// The last block's output, [local samples][side][side][features].
  let features: FloatView
  /// Gradients of block outputs per stage, [local samples][side][side][channels].
  let stageGradients: [FloatView]
  /// Gradients inside a block, with room for the largest stage.
  let innerGradients: FloatView
  private let arena = Arena()

  /// Builds a network with zeroed parameters.
  ///
  /// - Parameters:
  ///   - architecture: which network.
  ///   - partition: which images of the global batch are computed here.
  ///   - makeEngine: makes the kernels of a geometry.
  public init(
    _ architecture: Architecture, partition: BatchPartition,
    makeEngine: @escaping (ConvolutionGeometry, Arena) -> any ConvolutionEngine = {
      makeVectorConvolution(geometry: $0, arena: $1)
    }
  ) {
    self.architecture = architecture
    self.partition = partition
    layout = ParameterLayout(architecture)
    buffers = NetworkBuffers(layout: layout, arena: arena)
    let builder = NetworkBuilder(
      architecture: architecture, partition: partition, buffers: buffers, arena: arena,
      makeEngine: makeEngine)
    stem = builder.stem()
    blocks = builder.blocks()
    accumulator = GradientAccumulator(
      partition: partition, layout: layout, largestRange: builder.largestRange, arena: arena)
    classifierRange =
      layout.slot("linear.weight").range.lowerBound..<layout.slot("linear.bias").range.upperBound
    let samples = partition.localSamples
    let side = architecture.imageSide + 2
    images = arena.take(samples * side * side * 3)
    labels = [Int](repeating: 0, count: samples)
    lossSums = [LossSums](repeating: LossSums(), count: partition.localShards.count)
    let last = architecture.shape(ofStage: 2)
    classifier = Classifier(shape: last, classes: architecture.classes, arena: arena)
    features = arena.take(samples * last.count)
    stageGradients = (0..<3).map { [arena] in
      arena.take(samples * architecture.shape(ofStage: $0).count)
    }
    innerGradients = arena.take(samples * architecture.shape(ofStage: 0).count)
    portions = partition.localShards.enumerated().map { leaf, shard in
      Portion(
        images: leaf * partition.shardSamples..<(leaf + 1) * partition.shardSamples, leaf: leaf,
        group: partition.group(ofShard: shard))
    }
    planFetches()
  }

  /// All trainable parameters in the kernels' layout; see ``layout``.
  public var parameters: FloatView { buffers.parameters }
  /// The gradient of the mean loss of the global batch, laid out like ``parameters``.
  ///
  /// Batch norm's own part is there after ``computeGradients(reduction:)``, the summed part after the
  /// reduction of ``nodeGradients``.
  public var gradients: FloatView { buffers.gradients }
  /// Running means and variances; see ``layout``.
  public var runningStatistics: FloatView { buffers.statistics }
  /// The nodes of the tree over micro-shards that this rank sums.
  public var nodes: [ReductionTree.Node] { accumulator.nodes }
  /// The gradient of the first ``ParameterLayout/summedCount`` parameters per node.
  public var nodeGradients: [FloatView] { accumulator.nodeSums }
  /// The largest row that the network gives to a ``BatchReduction``.
  public var largestReductionWidth: Int { 2 * architecture.features }
  /// Bytes reserved for parameters, gradients, activations and scratch.
  public var reservedBytes: Int { arena.reservedBytes }

  /// The padded input of a local image, [side+2][side+2][3].
  ///
  /// - Parameter index: a position among the local images.
  /// - Returns: its part of ``images``.
  public func image(_ index: Int) -> FloatView {
    let count = images.count / partition.localSamples
    return images[index * count..<(index + 1) * count]
  }

  /// Sums the losses and errors of images in evaluation mode, one after the other.
  ///
  /// - Parameters:
  ///   - count: how many of ``images`` and ``labels``, from the first on.
  ///   - sums: added to, image by image in order.
  public func evaluate(count: Int, into sums: inout LossSums) {
    precondition(count > 0 && count <= partition.localSamples, "\(count) images to evaluate")
    let portion = Portion(images: 0..<count, leaf: 0, group: 0)
    forward([portion], training: false) { _ in }
    for image in portion.images {
      computeFeatures(image, group: 0)
      classify(image, sums: &sums)
    }
  }

  /// Computes all raw outputs and block inputs.
  ///
  /// - Parameters:
  ///   - portions: the images.
  ///   - training: whether to use the batch's statistics, or the running ones.
  ///   - combine: combines a batch norm's statistics over the batch.
  /// - Throws: what `combine` throws.
  func forward(
    _ portions: [Portion], training: Bool, combine: (BatchNormalization) throws -> Void
  ) rethrows {
    try stem.forward(
      portions, training: training,
      input: { index, _, padded in padded.copy(from: image(index)) }, combine: combine)
    for index in blocks.indices {
      let block = blocks[index]
      try block.first.forward(
        portions, training: training,
        input: { image, group, padded in
          activateInput(
            ofBlock: index, image: image, group: group,
            into: ActivationTarget(image: block.input(image), padded: padded))
          block.computeShortcut(image)
        }, combine: combine)
      try block.second.forward(
        portions, training: training,
        input: { image, group, padded in
          activateInside(block, image: image, group: group, padded: padded)
        }, combine: combine)
    }
  }

  /// Computes the input of a block, which is the output of the stem or of the block before.
  func activateInput(
    ofBlock index: Int, image: Int, group: Int, into target: ActivationTarget
  ) {
    let unit = index == 0 ? stem : blocks[index - 1].second
    activate(
      unit.image(image), shape: unit.outputShape, scale: unit.scale(ofGroup: group),
      shift: unit.shift(ofGroup: group),
      addend: index == 0 ? .none : blocks[index - 1].shortcut(image),
      relu: unit.norm != nil, into: target)
  }

  /// Computes the activation between a block's convolutions.
  func activateInside(_ block: Block, image: Int, group: Int, padded: FloatView) {
    let unit = block.first
    activate(
      unit.image(image), shape: unit.outputShape, scale: unit.scale(ofGroup: group),
      shift: unit.shift(ofGroup: group), addend: .none, relu: true,
      into: ActivationTarget(padded: padded))
  }

  /// The last block's output of an image.
  func features(_ image: Int) -> FloatView {
    let count = architecture.shape(ofStage: 2).count
    return features[image * count..<(image + 1) * count]
  }

  func computeFeatures(_ image: Int, group: Int) {
    activateInput(
      ofBlock: blocks.count, image: image, group: group,
      into: ActivationTarget(image: features(image)))
  }

  func classify(_ image: Int, sums: inout LossSums) {
    classifier.forward(
      features(image), label: labels[image], weights: buffers.parameter("linear.weight"),
      bias: buffers.parameter("linear.bias"), sums: &sums)
  }
}
