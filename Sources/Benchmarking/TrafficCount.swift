import DistTrain
import ResNet
import Tensor

/// Counts what the all-reduces of a step send, on hosts that need not be there: `bench traffic`.
///
/// The reductions of every rank run one after the other on zeros, with messages that are counted
/// only.
public struct TrafficCount {
  private let configuration: Configuration
  private let hosts: Int
  private let ranksPerHost: Int

  /// Makes a count.
  ///
  /// - Parameters:
  ///   - configuration: whose network and batch decide the sizes.
  ///   - hosts: how many.
  ///   - ranksPerHost: consecutive ranks on each.
  /// - Throws: `Failure` for more ranks than shards.
  public init(_ configuration: Configuration, hosts: Int, ranksPerHost: Int) throws(Failure) {
    _ = try configuration.partition(ofRank: 0, of: hosts * ranksPerHost)
    self.configuration = configuration
    self.hosts = hosts
    self.ranksPerHost = ranksPerHost
  }

  private var ranks: Int { hosts * ranksPerHost }

  /// Counts, with all ranks as one level, and with two levels where hosts would have them.
  ///
  /// - Returns: the report.
  /// - Throws: `Failure` as the reductions do.
  public func run() throws(Failure) -> TrafficReport {
    let apart = HostTopology(firstRanks: Array(0..<ranks))
    let shared = HostTopology(firstRanks: (0..<ranks).map { $0 / ranksPerHost * ranksPerHost })
    var rows = try self.rows(levels: 1, apart)
    if shared.isTwoLevel { rows += try self.rows(levels: 2, shared) }
    return TrafficReport(
      depth: configuration.depth, hosts: hosts, ranksPerHost: ranksPerHost,
      microShards: configuration.microShards, rows: rows)
  }

  private func rows(levels: Int, _ topology: HostTopology) throws(Failure) -> [TrafficReport.Row] {
    let layout = ParameterLayout(configuration.architecture)
    func row(
      _ name: String, perStep: Int, _ reduce: (MessageCounter) throws(Failure) -> Void
    ) throws(Failure) -> TrafficReport.Row {
      TrafficReport.Row(
        name: name, perStep: perStep, levels: levels, rounds: try rounds(topology, reduce))
    }
    let count = layout.summedCount
    let (nodeSum, gradient) = (FloatView(zeros: count), FloatView(zeros: count))
    var rows = [
      try row("gradient", perStep: 1) { (counter) throws(Failure) in
        let nodes = SummationTree.cover(
          try partition(counter).localShards, roots: [0..<configuration.microShards])
        try GradientAllReduce(messenger: counter, shards: configuration.microShards, count: count)
          .reduce(nodes.map { _ in nodeSum }, into: gradient)
      }
    ]
    for (channels, norms) in layout.batchNormWidths {
      rows.append(
        try row("batch norm \(channels)", perStep: 2 * norms) { (counter) throws(Failure) in
          try reduceRows(counter, .batchNorm, width: 2 * channels) { $0.groups }
        })
    }
    rows.append(
      try row("loss", perStep: 1) { (counter) throws(Failure) in
        try reduceRows(counter, .loss, width: MetricsAllReduce.width) { [0..<$0.shards] }
      })
    return rows
  }

  private func partition(_ counter: MessageCounter) throws(Failure) -> BatchPartition {
    try configuration.partition(ofRank: counter.rank, of: ranks)
  }

  private func reduceRows(
    _ counter: MessageCounter, _ collective: Collective, width: Int,
    roots: (BatchPartition) -> [Range<Int>]
  ) throws(Failure) {
    let partition = try partition(counter)
    let roots = roots(partition)
    let allReduce = RowAllReduce(
      messenger: counter, shards: partition.shards, roots: roots, widestRow: width,
      collective: collective)
    try allReduce.combine(
      DoubleView(zeros: partition.localShards.count * width), by: .sum,
      into: DoubleView(zeros: roots.count * width))
  }

  /// Runs a reduction on every rank, and puts together what they do at a time.
  private func rounds(
    _ topology: HostTopology, _ reduce: (MessageCounter) throws(Failure) -> Void
  ) throws(Failure) -> [TrafficReport.Round] {
    var exchanges: [[MessageCounter.Exchange]] = []
    for rank in 0..<ranks {
      let counter = MessageCounter(rank: rank, topology: topology, ranksPerHost: ranksPerHost)
      try reduce(counter)
      exchanges.append(counter.exchanges)
    }
    return exchanges[0].indices
      .map { round in self.round(exchanges.map { $0[round] }) }
      .filter { $0.inside.messages + $0.across.messages > 0 }
  }

  private func round(_ ranks: [MessageCounter.Exchange]) -> TrafficReport.Round {
    let hosts = stride(from: 0, to: ranks.count, by: ranksPerHost)
      .map { Traffic.sum(ranks[$0..<$0 + ranksPerHost].map(\.sentAcross)) }
    return TrafficReport.Round(
      inside: .greatest(ranks.flatMap { [$0.sentInside, $0.receivedInside] }),
      across: .greatest(ranks.flatMap { [$0.sentAcross, $0.receivedAcross] }),
      host: .greatest(hosts))
  }
}
