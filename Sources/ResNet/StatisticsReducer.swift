import Tensor

/// Whose means and variances batch norm applies.
public enum Statistics<Failure: Error> {
  /// The running ones, as in evaluation.
  case running
  /// The batch's, as in training, combined over the whole batch by a reducer.
  case batch(any StatisticsReducer<Failure>)
}

/// Combines batch-norm statistics over the shards of the global batch.
///
/// The network calls it once per batch norm and direction; it does not know whether the other
/// shards are in this process or on other ranks.
public protocol StatisticsReducer<Failure>: AnyObject {
  /// What goes wrong where rows travel.
  associatedtype Failure: Error

  /// Combines rows of statistics along the tree of each batch-norm group.
  ///
  /// **Ranks**: collective; every rank calls it in the same order with the same `combination` and
  /// row width.
  ///
  /// - Parameters:
  ///   - rows: one row per local shard, [local shards][width]; overwritten.
  ///   - combination: how two rows merge.
  ///   - results: one row per group of the whole batch, [groups][width], the same on every rank.
  /// - Throws: what goes wrong where rows travel.
  func combine(
    _ rows: DoubleView, by combination: Combination, into results: DoubleView
  ) throws(Failure)
}

/// The reducer of a process that owns the whole batch.
public final class LocalReducer: StatisticsReducer {
  private let groups: [Range<Int>]

  /// Makes the reducer.
  ///
  /// - Parameter partition: one that owns all shards.
  public init(partition: BatchPartition) {
    precondition(partition.localShards.count == partition.shards, "a part of the batch")
    groups = partition.groups
  }

  /// Combines all rows of each group along its tree.
  ///
  /// - Parameters:
  ///   - rows: [shards][width]; overwritten.
  ///   - combination: how two rows merge.
  ///   - results: [groups][width].
  /// - Throws: nothing.
  public func combine(
    _ rows: DoubleView, by combination: Combination, into results: DoubleView
  ) throws(Never) {
    let width = results.count / groups.count
    for (index, group) in groups.enumerated() {
      combination.combine(group, rows: rows, width: width, firstShard: 0)
      results.row(index, width: width).copy(from: rows.row(group.lowerBound, width: width))
    }
  }
}
