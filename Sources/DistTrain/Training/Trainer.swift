import ResNet
import Tensor

/// What an iteration lost over the global batch, the same on every rank.
struct StepResult {
  /// The mean cross-entropy.
  let loss: Double
  /// Wrongly classified images.
  let errors: Int
  /// Whether any rank was asked to stop.
  let stopRequested: Bool
}

/// One rank's part of the training loop: a replica, and what ranks do together.
final class Trainer {
  let configuration: Configuration
  let network: Network
  /// Momentum, laid out like the network's parameters.
  let momentum: FloatView
  /// Completed iterations.
  var iteration = 0

  private let communicator: Communicator
  private let partition: BatchPartition
  private let stream: SampleStream
  private let preprocessor: ImagePreprocessor
  private let images: ImageSet
  private let schedule: LearningRateSchedule
  private let decayRanges: [(range: Range<Int>, decays: Bool)]
  private let batchNormReducer: any BatchReduction
  private let lossReducer: ShardReducer
  private let gradientReducer: GradientReducer
  /// Loss, errors and stop requests per local micro-shard, and their sums.
  private let lossRows: DoubleView
  private let lossTotals = DoubleView(zeros: 3)
  private let clock: StepClock?
  private let isStopRequested: @Sendable () -> Bool

  /// Makes a trainer with zeroed weights.
  ///
  /// - Parameters:
  ///   - configuration: the run's configuration.
  ///   - communicator: the ranks.
  ///   - images: the training images.
  ///   - preprocessor: writes normalised images.
  ///   - clock: measures the phases of each step.
  ///   - isStopRequested: whether this process was asked to stop.
  init(
    configuration: Configuration, communicator: Communicator, images: ImageSet,
    preprocessor: ImagePreprocessor, clock: StepClock? = nil,
    isStopRequested: @escaping @Sendable () -> Bool = { false }
  ) {
    self.configuration = configuration
    self.communicator = communicator
    self.images = images
    self.preprocessor = preprocessor
    self.clock = clock
    self.isStopRequested = isStopRequested
    communicator.clock = clock
    partition = BatchPartition(
      globalBatch: configuration.globalBatch, microShards: configuration.microShards,
      groupSamples: configuration.bnGroup, rank: communicator.rank, ranks: communicator.size)
    network = Network(configuration.architecture, partition: partition) {
      configuration.convolution.makeEngine(geometry: $0, arena: $1)
    }
    momentum = FloatView(zeros: network.layout.parameterCount)
    stream = SampleStream(images: configuration.trainImages, configuration: configuration)
    schedule = LearningRateSchedule(configuration)
    decayRanges = network.layout.decayRanges(
      onlyWeights: configuration.weightDecayScope == .weights)
    let reducer = ShardReducer(
      messenger: communicator, shards: partition.microShards, roots: partition.groups,
      maximumWidth: network.largestReductionWidth, collective: .batchNorm)
    batchNormReducer = clock.map { ClockedReduction(reducer, clock: $0) } ?? reducer
    lossReducer = ShardReducer(
      messenger: communicator, shards: partition.microShards, roots: [0..<partition.microShards],
      maximumWidth: 3, collective: .loss)
    gradientReducer = GradientReducer(
      messenger: communicator, microShards: partition.microShards,
      count: network.layout.summedCount)
    lossRows = DoubleView(zeros: partition.localShards.count * 3)
  }

  /// The learning rate of the step just done.
  var lastLearningRate: Double { schedule.rate(at: iteration - 1) }

  /// Does one iteration: minibatch, forward, loss, backward, reduce, update.
  ///
  /// **Ranks**: collective.
  ///
  /// - Returns: what the global batch lost before the update.
  /// - Throws: `Failure` of kind data if the loss is not finite, on every rank, before the update.
  func step() throws(Failure) -> StepResult {
    communicator.iteration = iteration + 1
    clock?.beginStep()
    loadShard()
    clock?.mark(.batchAssembly)
    try computeGradients()
    clock?.mark(.backward)
    let result = try reduceLoss()
    clock?.mark(.loss)
    if !result.loss.isFinite {
      throw Failure(
        .data,
        "the loss of iteration \(iteration + 1) is \(result.loss); lower --lr, or warm up with "
          + "--warmup-lr and --warmup-iterations"
      ).shared
    }
    try gradientReducer.reduce(
      network.nodeGradients, into: network.gradients[0..<network.layout.summedCount])
    clock?.mark(.gradient)
    update()
    clock?.mark(.update)
    iteration += 1
    return result
  }

  /// Fills the network's input with this rank's part of the minibatch.
  private func loadShard() {
    let first = partition.localShards.lowerBound * partition.shardSamples
    stream.forEachSample(
      iteration: iteration, places: first..<first + partition.localSamples
    ) { place, sample in
      network.labels[place - first] = Int(images.labels[sample.index])
      preprocessor.fill(sample, of: images, into: network.image(place - first))
    }
  }

  private func computeGradients() throws(Failure) {
    do {
      try network.computeGradients(reduction: batchNormReducer)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.internal, "\(error)")
    }
  }

  private func reduceLoss() throws(Failure) -> StepResult {
    let stop = isStopRequested() ? 1.0 : 0
    for (leaf, sums) in network.lossSums.enumerated() {
      lossRows[3 * leaf] = sums.loss
      lossRows[3 * leaf + 1] = Double(sums.errors)
      lossRows[3 * leaf + 2] = stop
    }
    try lossReducer.sum(lossRows, into: lossTotals)
    return StepResult(
      loss: lossTotals[0] / Double(configuration.globalBatch), errors: Int(lossTotals[1]),
      stopRequested: lossTotals[2] > 0)
  }

  private func update() {
    let rate = Float(schedule.rate(at: iteration))
    for (range, decays) in decayRanges {
      descend(
        network.parameters[range], gradient: network.gradients[range],
        momentumBuffer: momentum[range], learningRate: rate,
        momentum: Float(configuration.momentum),
        weightDecay: decays ? Float(configuration.weightDecay) : 0)
    }
  }
}
