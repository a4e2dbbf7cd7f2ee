import Foundation
import DistTrain
import ResNet
import Tensor

/// Measures the trainer's own steps: `bench step`.
public struct StepBenchmark {
  private let configuration: Configuration
  private let warmup: Int
  private let dataFolder: String?
  private let communicator: Communicator

  /// Makes a benchmark.
  ///
  /// - Parameters:
  ///   - configuration: what is trained; its iterations are the measured steps.
  ///   - warmup: steps before the measured ones.
  ///   - dataFolder: `--data`.
  ///   - communicator: the ranks.
  public init(
    _ configuration: Configuration, warmup: Int, dataFolder: String?, communicator: Communicator
  ) {
    self.configuration = configuration
    self.warmup = warmup
    self.dataFolder = dataFolder
    self.communicator = communicator
  }

  /// Measures.
  ///
  /// **Ranks**: collective.
  ///
  /// - Returns: the same report on every rank.
  /// - Throws: `Failure` for more ranks than shards, missing data, or a loss that is not finite.
  public func run() throws(Failure) -> StepReport {
    let loader = try DatasetLoader(
      configuration.dataset, from: dataFolder, communicator: communicator)
    try communicator.together { () throws(Failure) in
      try MemoryCheck.require(
        configuration, datasetCopies: loader.copiesOnHost, communicator: communicator)
    }
    let dataset = try loader.load()
    let norms = ParameterLayout(configuration.architecture).runningStatistics.count / 2
    let clock = StepClock(
      steps: warmup + 2 * configuration.iterations,
      collectivesPerStep: (2 * norms + 2) * AllReducePlan.mostCollectives)
    let trainer = try Trainer(
      configuration, dataset: dataset, communicator: communicator, observer: clock)
    communicator.observer = clock
    let peakBefore = try measurePeak()
    let allocations = try measureSteps(trainer)
    let kernels = try KernelTimes(trainer, steps: configuration.iterations)
    communicator.observer = nil
    let peak = max(peakBefore, try measurePeak())
    let own = RankMeasurement(
      clock, steps: warmup..<warmup + configuration.iterations, waiting: try waitingTime(clock),
      peakGflops: peak,
      peakResidentBytes: try ProcessMemory.peakResidentBytes(),
      allocationsPerStep: allocations.map { $0.per(configuration.iterations) }, kernels: kernels)
    return report(
      try communicator.allGather(own),
      datasetBytes: dataset.training.byteCount + dataset.test.byteCount)
  }

  /// Measures the peak on all ranks at once, as the step uses all cores at once.
  private func measurePeak() throws(Failure) -> Double {
    try communicator.barrier()
    return measureFusedMultiplyAddPeak()
  }

  /// Steps, and counts the allocations of the measured ones.
  private func measureSteps(_ trainer: Trainer) throws(Failure) -> AllocationCounts? {
    for _ in 0..<warmup { _ = try trainer.step() }
    let before = AllocationCounts.current()
    for _ in 0..<configuration.iterations { _ = try trainer.step() }
    guard let before, let after = AllocationCounts.current() else { return nil }
    return after - before
  }

  /// The waiting of each phase; nil where ranks of several hosts read different clocks.
  private func waitingTime(_ clock: StepClock) throws(Failure) -> WaitingTime? {
    if communicator.topology.hosts.count > 1 { return nil }
    return try WaitingTime(clock, communicator: communicator)
  }

  private func report(_ ranks: [RankMeasurement], datasetBytes: Int) -> StepReport {
    let step = ranks[0].milliseconds
    let operations = StepCost(configuration.architecture).operationsPerImage
    let batch = Double(configuration.globalBatch)
    let rate = 1e-6 * Double(operations) * batch / Double(ranks.count) / step.median
    let peaks = ranks.map(\.peakGflops)
    let allocations = ranks.compactMap(\.allocationsPerStep)
    return StepReport(
      network: configuration.network.rawValue, depth: configuration.depth,
      shortcut: configuration.shortcut.rawValue, ranks: ranks.count,
      globalBatch: configuration.globalBatch, microShards: configuration.microShards,
      bnGroup: configuration.batchNormGroup, convolution: configuration.convolution.rawValue,
      iterations: configuration.iterations, warmup: warmup, milliseconds: step,
      imagesPerSecond: 1000 * batch / step.median, operationsPerImage: operations,
      effectiveGflops: rate, peakGflops: peaks,
      shareOfPeak: rate * Double(peaks.count) / peaks.reduce(0, +),
      phases: RankMeasurement.breakdown(ranks),
      kernels: KernelTimes.breakdown(ranks.map(\.kernels)),
      isWaitingApart: ranks.allSatisfy(\.isWaitingApart),
      peakResidentBytes: ranks.map(\.peakResidentBytes), datasetBytes: datasetBytes,
      allocationsPerStep: allocations.count == ranks.count ? allocations : nil)
  }
}
