import Tensor

/// Combines batch-norm statistics over the micro-shards of the global batch.
///
/// The network calls it once per batch norm and direction; it does not know whether the other
/// micro-shards are in this process or on other ranks.
public protocol BatchReduction: AnyObject {
  /// Combines rows of statistics along the tree of each batch-norm group.
  ///
  /// **Ranks**: collective; every rank calls it in the same order with the same `combination` and
  /// row width.
  ///
  /// - Parameters:
  ///   - leaves: one row per local micro-shard, [local micro-shards][width]; overwritten.
  ///   - combination: how two rows merge.
  ///   - results: one row per group of the whole batch, [groups][width], the same on every rank.
  /// - Throws: what the conformer's transport throws.
  func combine(_ leaves: DoubleView, by combination: Combination, into results: DoubleView) throws
}

/// The reduction of a process that owns the whole batch.
public final class LocalReduction: BatchReduction {
  private let groups: [Range<Int>]

  /// Makes the reduction.
  ///
  /// - Parameter partition: one that owns all micro-shards.
  public init(partition: BatchPartition) {
    precondition(partition.localShards.count == partition.microShards, "a part of the batch")
    groups = partition.groups
  }

  /// Combines all rows of each group along its tree.
  ///
  /// - Parameters:
  ///   - leaves: [micro-shards][width]; overwritten.
  ///   - combination: how two rows merge.
  ///   - results: [groups][width].
  public func combine(_ leaves: DoubleView, by combination: Combination, into results: DoubleView) {
    let width = results.count / groups.count
    for (index, group) in groups.enumerated() {
      sum(group, rows: leaves, width: width, by: combination)
      let row = group.lowerBound * width
      results[index * width..<(index + 1) * width].copy(from: leaves[row..<row + width])
    }
  }

  private func sum(
    _ node: Range<Int>, rows: DoubleView, width: Int, by combination: Combination
  ) {
    if node.count == 1 { return }
    let (left, right) = ReductionTree.children(of: node)
    sum(left, rows: rows, width: width, by: combination)
    sum(right, rows: rows, width: width, by: combination)
    combination.merge(
      rows[left.lowerBound * width..<(left.lowerBound + 1) * width], leaves: left.count,
      with: rows[right.lowerBound * width..<(right.lowerBound + 1) * width], leaves: right.count)
  }
}
