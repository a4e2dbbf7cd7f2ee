import DistTrain
import ResNet
import Tensor

/// Measures the all-reduces of a step alone, without the skew of computing: `bench allreduce`.
public struct AllReduceBenchmark {
  private let configuration: Configuration
  private let rounds: Int
  private let communicator: Communicator
  private let partition: BatchPartition

  /// Makes a benchmark.
  ///
  /// - Parameters:
  ///   - configuration: whose network and batch decide the sizes.
  ///   - rounds: repetitions of each all-reduce.
  ///   - communicator: the ranks, at most the shards.
  /// - Throws: `Failure` for more ranks than shards.
  public init(
    _ configuration: Configuration, rounds: Int, communicator: Communicator
  ) throws(Failure) {
    partition = try communicator.together { () throws(Failure) in
      try configuration.partition(ofRank: communicator.rank, of: communicator.size)
    }
    self.configuration = configuration
    self.rounds = rounds
    self.communicator = communicator
  }

  /// Measures.
  ///
  /// **Ranks**: collective.
  ///
  /// - Returns: this rank's report.
  /// - Throws: `Failure` if communication fails.
  public func run() throws(Failure) -> AllReduceReport {
    let layout = ParameterLayout(configuration.architecture)
    var rows = [try measureGradient(layout.summedCount)]
    for (channels, norms) in layout.batchNormWidths {
      for combination in [Combination.moments(valuesPerLeaf: 64), .sum] {
        rows.append(try measureBatchNorm(channels: channels, perStep: norms, combination))
      }
    }
    return AllReduceReport(
      depth: configuration.depth, ranks: communicator.size, rounds: rounds, rows: rows)
  }

  private func measureGradient(_ count: Int) throws(Failure) -> AllReduceReport.Row {
    let allReduce = GradientAllReduce(
      messenger: communicator, shards: partition.shards, count: count)
    let nodes = SummationTree.cover(partition.localShards, roots: [0..<partition.shards])
    let nodeSums = nodes.map { _ in FloatView(zeros: count) }
    let gradient = FloatView(zeros: count)
    return try measure(
      "gradient", perStep: 1, resultBytes: count * MemoryLayout<Float>.stride
    ) { () throws(Failure) in
      try allReduce.reduce(nodeSums, into: gradient)
    }
  }

  private func measureBatchNorm(
    channels: Int, perStep: Int, _ combination: Combination
  ) throws(Failure) -> AllReduceReport.Row {
    let width = 2 * channels
    let allReduce = RowAllReduce(
      messenger: communicator, shards: partition.shards, roots: partition.groups,
      widestRow: width, collective: .batchNorm)
    let rows = DoubleView(zeros: partition.localShards.count * width)
    let results = DoubleView(zeros: partition.groups.count * width)
    let direction = combination == .sum ? "backward" : "forward"
    return try measure(
      "batch norm \(channels) \(direction)", perStep: perStep,
      resultBytes: results.count * MemoryLayout<Double>.stride
    ) { () throws(Failure) in
      try allReduce.combine(rows, by: combination, into: results)
    }
  }

  /// One call to warm up, then the measured ones.
  private func measure(
    _ name: String, perStep: Int, resultBytes: Int, _ reduce: () throws(Failure) -> Void
  ) throws(Failure) -> AllReduceReport.Row {
    try reduce()
    let sentBefore = communicator.sentBytes
    var microseconds: [Double] = []
    for _ in 0..<rounds {
      let start = monotonicSeconds()
      try reduce()
      microseconds.append(1e6 * (monotonicSeconds() - start))
    }
    return AllReduceReport.Row(
      name: name, perStep: perStep, resultBytes: resultBytes,
      sentBytes: (communicator.sentBytes - sentBefore) / rounds, microseconds: Summary(microseconds)
    )
  }
}
