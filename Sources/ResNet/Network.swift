import Tensor

/// A network of the paper with its parameters, gradients and activations in flat buffers.
///
/// One training step is ``forward(_:)``, ``computeLoss()``, ``backward(_:)``, the all-reduce of
/// ``nodeGradients`` over ranks into ``gradients``, and an update of ``parameters``.
public final class Network {
  /// Which network.
  public let architecture: Architecture
  /// Which images of the global batch are computed here.
  public let partition: BatchPartition
  /// Where each tensor lies in the flat buffers.
  public let layout: ParameterLayout
  /// Local images that the next pass reads, [local samples][side+2][side+2][3], borders zero.
  public let images: ImageBuffer
  /// The classes of ``images``.
  public var labels: [Int]
  /// What the last ``computeLoss()`` found, per local shard.
  public private(set) var shardMetrics: [Metrics]

  let buffers: NetworkBuffers
  let accumulator: GradientAccumulator
  /// All convolutions, from the stem on.
  let units: [ConvolutionUnit]
  /// The last block's output, and where it is kept.
  let output: Activation
  private let features: ImageBuffer
  let head: ClassifierHead
  let shards: [LocalShard]
  private let crossEntropy: CrossEntropy
  /// The gradients of the logits, [local samples][classes rounded up to vectors].
  private let logitGradients: FloatView
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
    let samples = partition.localSamples
    images = ImageBuffer(samples, of: architecture.imageShape.padded, arena: arena)
    labels = [Int](repeating: 0, count: samples)
    shardMetrics = [Metrics](repeating: Metrics(), count: partition.localShards.count)
    let builder = NetworkBuilder(
      architecture, partition: partition, images: images, buffers: buffers, arena: arena,
      makeEngine: makeEngine)
    units = builder.units
    let last = architecture.shape(ofStage: 2)
    features = ImageBuffer(samples, of: last, arena: arena)
    output = builder.output(keptIn: features)
    head = ClassifierHead(
      shape: last, classes: architecture.classes, images: samples, arena: arena)
    crossEntropy = CrossEntropy(classes: architecture.classes, arena: arena)
    logitGradients = arena.take(samples * roundedUpToVectors(architecture.classes))
    accumulator = GradientAccumulator(partition: partition, layout: layout, arena: arena)
    shards = partition.localShards.enumerated().map { index, shard in
      LocalShard(
        index: index,
        images: index * partition.shardSamples..<(index + 1) * partition.shardSamples,
        group: partition.group(ofShard: shard))
    }
  }

  /// All trainable parameters in the kernels' layout; see ``layout``.
  public var parameters: FloatView { buffers.parameters }
  /// The gradient of the mean loss of the global batch, laid out like ``parameters``.
  ///
  /// Batch norm's own part is there after ``backward(_:)``, the summed part after the all-reduce of
  /// ``nodeGradients``.
  public var gradients: FloatView { buffers.gradients }
  /// Running means and variances; see ``layout``.
  public var runningStatistics: FloatView { buffers.statistics }
  /// The gradient of the first ``ParameterLayout/summedCount`` parameters, summed for each node of
  /// the tree over shards that this rank covers.
  public var nodeGradients: [FloatView] { accumulator.nodeSums }
  /// The widest row that the network gives to a ``StatisticsReducer``.
  public var widestRow: Int { 2 * architecture.features }
  /// Bytes reserved for parameters, gradients, activations and scratch.
  public var reservedBytes: Int { arena.reservedBytes }

  /// Computes the raw outputs of all convolutions for the local shards, and the statistics of every
  /// batch norm, whose running ones follow.
  ///
  /// **Ranks**: collective with the batch's statistics; every rank's reducer is called in the same
  /// order.
  ///
  /// - Parameter statistics: whose statistics batch norm applies.
  /// - Throws: what the reducer throws.
  public func forward<Failure>(_ statistics: Statistics<Failure>) throws(Failure) {
    for unit in units { try unit.forward(shards, statistics) }
  }

  /// Computes the local images' logits and losses, and the gradients of the mean loss of the global
  /// batch by the logits.
  public func computeLoss() {
    for shard in shards {
      var metrics = Metrics()
      for image in shard.images {
        computeLogits(image, group: shard.group)
        computeLoss(image, into: &metrics)
      }
      shardMetrics[shard.index] = metrics
    }
  }

  /// Evaluates images with the running statistics, one after the other.
  ///
  /// - Parameters:
  ///   - count: how many of ``images`` and ``labels``, from the first on.
  ///   - metrics: added to, image by image in order.
  public func evaluate(count: Int, into metrics: inout Metrics) {
    computeLogits(count: count)
    for image in 0..<count { computeLoss(image, into: &metrics) }
  }

  /// Computes the logits of images with the running statistics.
  ///
  /// - Parameter count: how many of ``images``, from the first on.
  public func computeLogits(count: Int) {
    precondition(count > 0 && count <= partition.localSamples, "the logits of \(count) images")
    let part = LocalShard(index: 0, images: 0..<count, group: 0)
    for unit in units { unit.forward([part], Statistics<Never>.running) }
    for image in part.images { computeLogits(image, group: 0) }
  }

  /// The logits of an image.
  ///
  /// - Parameter image: a local image whose logits were computed.
  /// - Returns: one number for each class.
  public func logits(_ image: Int) -> [Float] {
    head.logits(image)[0..<architecture.classes].array
  }

  private func computeLogits(_ image: Int, group: Int) {
    output.compute(image, group: group, into: features[image])
    head.forward(
      image, image: features[image], weights: buffers.parameter("linear.weight"),
      bias: buffers.parameter("linear.bias"))
  }

  private func computeLoss(_ image: Int, into metrics: inout Metrics) {
    let (loss, isWrong) = crossEntropy.compute(
      head.logits(image), label: labels[image], scale: 1 / Double(partition.globalBatch),
      gradient: logitGradient(image))
    metrics.add(loss: loss, isWrong: isWrong)
  }

  /// The gradient of an image's logits.
  func logitGradient(_ image: Int) -> FloatView {
    logitGradients.row(image, width: roundedUpToVectors(architecture.classes))
  }
}
