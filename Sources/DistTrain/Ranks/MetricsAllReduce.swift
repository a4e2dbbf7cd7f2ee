import ResNet
import Tensor

/// Sums metrics over the shards of all ranks, and tells every rank whether one was asked to stop.
package final class MetricsAllReduce {
  /// The elements of a row.
  package static let width = 4
  private let allReduce: RowAllReduce
  /// [local shards][loss sum, errors, images, requests to stop].
  private let rows: DoubleView
  private let totals = DoubleView(zeros: width)

  /// Makes an all-reduce.
  ///
  /// - Parameters:
  ///   - communicator: the ranks.
  ///   - shards: how many shards there are, of which ranks own contiguous ranges.
  ///   - collective: what it is for.
  init(_ communicator: Communicator, shards: Int, collective: Collective = .loss) {
    allReduce = RowAllReduce(
      messenger: communicator, shards: shards, roots: [0..<shards], widestRow: Self.width,
      collective: collective)
    let local = BatchPartition.part(
      ofRank: communicator.rank, of: communicator.size, count: shards)
    rows = DoubleView(zeros: local.count * Self.width)
  }

  /// Sums.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - metrics: those of each local shard.
  ///   - isStopRequested: whether this rank was asked to stop.
  /// - Returns: the sums, and whether any rank was asked to stop, the same on every rank.
  /// - Throws: `Failure` if communication fails.
  package func reduce(
    _ metrics: [Metrics], isStopRequested: Bool = false
  ) throws(Failure) -> (metrics: Metrics, isStopRequested: Bool) {
    precondition(metrics.count * Self.width == rows.count, "\(metrics.count) local shards")
    for (index, shard) in metrics.enumerated() {
      let row = rows.row(index, width: Self.width)
      row[0] = shard.lossSum
      row[1] = Double(shard.errors)
      row[2] = Double(shard.images)
      row[3] = isStopRequested ? 1 : 0
    }
    try allReduce.combine(rows, by: .sum, into: totals)
    let sum = Metrics(lossSum: totals[0], errors: Int(totals[1]), images: Int(totals[2]))
    return (sum, totals[3] > 0)
  }
}
