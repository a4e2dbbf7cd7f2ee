import ResNet
import Tensor

/// Measures the reductions of a step alone, without the skew of computing: `bench allreduce`.
public struct ReductionBenchmark {
  private let configuration: Configuration
  private let rounds: Int
  private let communicator: Communicator
  private let partition: BatchPartition

  /// Makes a benchmark.
  ///
  /// - Parameters:
  ///   - configuration: whose network and batch decide the sizes.
  ///   - rounds: repetitions of each reduction.
  ///   - communicator: the ranks, at most the micro-shards.
  /// - Throws: `Failure` for more ranks than micro-shards.
  public init(
    _ configuration: Configuration, rounds: Int, communicator: Communicator
  ) throws(Failure) {
    try communicator.together { () throws(Failure) in
      try communicator.checkRanks(configuration)
    }
    self.configuration = configuration
    self.rounds = rounds
    self.communicator = communicator
    partition = BatchPartition(
      globalBatch: configuration.globalBatch, microShards: configuration.microShards,
      groupSamples: configuration.batchNormGroup, rank: communicator.rank, ranks: communicator.size)
  }

  /// Measures.
  ///
  /// **Ranks**: collective.
  ///
  /// - Returns: this rank's report.
  /// - Throws: `Failure` if communication fails.
  public func run() throws(Failure) -> ReductionReport {
    let layout = ParameterLayout(configuration.architecture)
    var rows = [try measureGradient(layout.summedCount)]
    let norms = Dictionary(
      grouping: layout.parameters.filter { $0.name.contains("bn") && $0.name.hasSuffix("weight") },
      by: \.count)
    for (channels, slots) in norms.sorted(by: { $0.key < $1.key }) {
      for combination in [Combination.moments(valuesPerLeaf: 64), .sum] {
        rows.append(
          try measureBatchNorm(channels: channels, perStep: slots.count, combination))
      }
    }
    return ReductionReport(
      depth: configuration.depth, ranks: communicator.size, rounds: rounds, rows: rows)
  }

  private func measureGradient(_ count: Int) throws(Failure) -> ReductionReport.Row {
    let reducer = GradientReducer(
      messenger: communicator, microShards: partition.microShards, count: count)
    let nodes = ReductionTree.cover(
      partition.localShards, roots: [0..<partition.microShards])
    let nodeSums = nodes.map { _ in FloatView(zeros: count) }
    let gradient = FloatView(zeros: count)
    return try measure(
      "gradient", perStep: 1, resultBytes: count * MemoryLayout<Float>.stride
    ) { () throws(Failure) in
      try reducer.reduce(nodeSums, into: gradient)
    }
  }

  private func measureBatchNorm(
    channels: Int, perStep: Int, _ combination: Combination
  ) throws(Failure) -> ReductionReport.Row {
    let width = 2 * channels
    let reducer = ShardReducer(
      messenger: communicator, shards: partition.microShards, roots: partition.groups,
      maximumWidth: width, collective: .batchNorm)
    let leaves = DoubleView(zeros: partition.localShards.count * width)
    let results = DoubleView(zeros: partition.groups.count * width)
    let direction = combination == .sum ? "backward" : "forward"
    return try measure(
      "batch norm \(channels) \(direction)", perStep: perStep,
      resultBytes: results.count * MemoryLayout<Double>.stride
    ) { () throws(Failure) in
      try reducer.combineRows(leaves, by: combination, into: results)
    }
  }

  /// One call to warm up, then the measured ones.
  private func measure(
    _ name: String, perStep: Int, resultBytes: Int, _ reduce: () throws(Failure) -> Void
  ) throws(Failure) -> ReductionReport.Row {
    try reduce()
    let sentBefore = communicator.sentBytes
    var microseconds: [Double] = []
    for _ in 0..<rounds {
      let start = monotonicSeconds()
      try reduce()
      microseconds.append(1e6 * (monotonicSeconds() - start))
    }
    return ReductionReport.Row(
      name: name, perStep: perStep, resultBytes: resultBytes,
      sentBytes: (communicator.sentBytes - sentBefore) / rounds, microseconds: Spread(microseconds))
  }
}
