import ResNet
import Tensor

/// What a step found and did.
public struct StepResult: Equatable, Sendable {
  /// What the global batch lost before the update.
  public let metrics: Metrics
  /// The learning rate of the update.
  public let learningRate: Double
  /// Whether a rank was asked to stop.
  public let isStopRequested: Bool
}

/// Trains a network on the shards of every minibatch that this rank owns, together with the other
/// ranks.
///
/// A step is defined without ranks: they only decide who computes which shard, so that the weights
/// have the same bits at any number of them.
public final class Trainer {
  /// What is trained and how, with what follows from it.
  public let configuration: Configuration
  /// This rank's replica.
  public let network: Network
  /// What steps change.
  public let state: TrainingState
  /// How images are normalised.
  let normalizer: Normalizer

  private let communicator: Communicator
  private let images: ImageSet
  private let preprocessor: ImagePreprocessor
  private let stream: SampleStream
  private let schedule: LearningRateSchedule
  private let optimizer: any Optimizer
  private let evaluator: Evaluator
  private let statisticsReducer: any StatisticsReducer<Failure>
  private let metricsReducer: MetricsAllReduce
  private let gradientAllReduce: GradientAllReduce
  private let observer: (any TrainingObserver)?
  private let isStopRequested: @Sendable () -> Bool

  /// Makes a trainer at the beginning of a run.
  ///
  /// **Ranks**: collective; with the same configuration and images.
  ///
  /// - Parameters:
  ///   - configuration: what is trained and how.
  ///   - dataset: the images of the data set that the configuration names.
  ///   - communicator: the ranks.
  ///   - observer: told what each step does.
  ///   - isStopRequested: whether this process was asked to stop; all ranks learn of it.
  /// - Throws: `Failure`, on every rank: of kind usage for a configuration that cannot be, images of
  ///   another data set, or more ranks than shards; of kind data if the images cannot be normalised.
  public init(
    _ configuration: Configuration, dataset: Dataset, communicator: Communicator,
    observer: (any TrainingObserver)? = nil,
    isStopRequested: @escaping @Sendable () -> Bool = { false }
  ) throws(Failure) {
    let (partition, normalizer) = try communicator.together { () throws(Failure) in
      try configuration.check(trainingOn: dataset)
      return (
        try configuration.partition(ofRank: communicator.rank, of: communicator.size),
        try Normalizer(
          mode: configuration.normalization, images: dataset.training,
          count: configuration.trainImages, given: try configuration.channelConstants())
      )
    }
    self.configuration = configuration.withDerivedValues
    self.communicator = communicator
    self.normalizer = normalizer
    self.observer = observer
    self.isStopRequested = isStopRequested
    images = dataset.training
    preprocessor = ImagePreprocessor(normalizer: normalizer)
    stream = SampleStream(images: configuration.trainImages, configuration: configuration)
    schedule = LearningRateSchedule(configuration)
    network = Network(configuration.architecture, partition: partition) {
      configuration.convolution.makeEngine(geometry: $0, arena: $1)
    }
    optimizer = configuration.makeOptimizer(network.layout)
    state = TrainingState(network, optimizer: optimizer)
    let reducer = RowAllReduce(
      messenger: communicator, shards: partition.shards, roots: partition.groups,
      widestRow: network.widestRow, collective: .batchNorm)
    statisticsReducer = observer.map { ObservedReducer(reducer, observer: $0) } ?? reducer
    metricsReducer = MetricsAllReduce(communicator, shards: partition.shards)
    gradientAllReduce = GradientAllReduce(
      messenger: communicator, shards: partition.shards, count: network.layout.summedCount)
    evaluator = Evaluator(
      communicator: communicator, preprocessor: preprocessor,
      images: configuration.holdsOut ? dataset.training : dataset.test,
      range: configuration.holdsOut
        ? configuration.trainImages..<dataset.training.count : 0..<dataset.test.count)
    state.initialize(configuration)
  }

  /// Does one iteration.
  ///
  /// **Ranks**: collective.
  ///
  /// - Returns: what the global batch lost before the update, the same on every rank.
  /// - Throws: `Failure` of kind data if the loss is not finite, on every rank, before the update; or
  ///   what communication throws.
  public func step() throws(Failure) -> StepResult {
    communicator.iteration = state.iteration + 1
    observer?.stepBegins()
    minibatch()
    try forward()
    loss()
    try backward()
    let (metrics, isStopRequested) = try allReduce()
    let learningRate = update()
    observer?.stepEnds()
    return StepResult(
      metrics: metrics, learningRate: learningRate, isStopRequested: isStopRequested)
  }

  /// Evaluates the network on the test images, or on the training images that are held out.
  ///
  /// **Ranks**: collective.
  ///
  /// - Returns: what they lost, the same on every rank.
  /// - Throws: `Failure` if communication fails.
  public func evaluate() throws(Failure) -> Metrics { try evaluator.evaluate(network) }

  /// Evaluates the network, unless a rank is asked to stop meanwhile.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameter progress: told which part of this rank's images is done, several times a second.
  /// - Returns: what the images lost, the same on every rank; nil if a rank was asked to stop.
  /// - Throws: `Failure` if communication fails.
  package func evaluateUnlessStopped(
    _ progress: (Double) -> Void = { _ in }
  ) throws(Failure) -> Metrics? {
    try evaluator.evaluate(network, unless: isStopRequested, progress: progress)
  }

  /// Gives the logits of images, computed with the running statistics by this rank alone.
  ///
  /// - Parameter images: any images of the network's side.
  /// - Returns: [images][classes].
  /// - Throws: `Failure` of kind data for images of another side.
  public func logits(of images: ImageSet) throws(Failure) -> [[Float]] {
    try Predictor(network, preprocessor: preprocessor).logits(of: images)
  }

  /// The content of a file of weights: parameters, running statistics, the constants of the
  /// normalisation, and what describes them.
  public var weights: Safetensors {
    var metadata = configuration.fileMetadata
    metadata["iteration"] = String(state.iteration)
    return Safetensors(tensors: network.namedTensors + normalizer.tensors, metadata: metadata)
  }
}

/// The phases of a step, in their order.
extension Trainer {
  /// Writes this rank's part of the minibatch into the network's images.
  private func minibatch() {
    observer?.phaseBegins(.minibatch)
    let partition = network.partition
    let first = partition.localShards.lowerBound * partition.shardSamples
    stream.forEachSample(
      iteration: state.iteration, places: first..<first + partition.localSamples
    ) { place, sample in
      network.labels[place - first] = Int(images.labels[sample.index])
      preprocessor.fill(sample, of: images, into: network.images[place - first])
    }
  }

  /// Computes all convolutions, with the statistics of the global batch.
  private func forward() throws(Failure) {
    observer?.phaseBegins(.forward)
    try network.forward(.batch(statisticsReducer))
  }

  /// Computes logits, cross-entropies and their gradients.
  private func loss() {
    observer?.phaseBegins(.loss)
    network.computeLoss()
  }

  /// Computes the gradients of all parameters, summed over this rank's shards.
  private func backward() throws(Failure) {
    observer?.phaseBegins(.backward)
    try network.backward(statisticsReducer)
  }

  /// Sums metrics, requests to stop and gradients over the global batch.
  private func allReduce() throws(Failure) -> (metrics: Metrics, isStopRequested: Bool) {
    observer?.phaseBegins(.allReduce)
    let (metrics, isStopRequested) = try metricsReducer.reduce(
      network.shardMetrics, isStopRequested: isStopRequested())
    if !metrics.loss.isFinite {
      throw Failure(
        .data,
        "the loss of iteration \(state.iteration + 1) is \(metrics.loss); lower --lr, or warm up "
          + "with --warmup-lr and --warmup-iterations"
      ).shared
    }
    try gradientAllReduce.reduce(
      network.nodeGradients, into: network.gradients[0..<network.layout.summedCount])
    return (metrics, isStopRequested)
  }

  /// Lets the optimiser do its step at this iteration's learning rate.
  private func update() -> Double {
    observer?.phaseBegins(.update)
    let learningRate = schedule.rate(at: state.iteration)
    optimizer.update(
      network.parameters, gradients: network.gradients, learningRate: learningRate)
    state.iteration += 1
    return learningRate
  }
}
