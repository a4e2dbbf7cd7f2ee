import ResNet
import Tensor

/// Combines rows of double-precision statistics over the micro-shards of all ranks.
///
/// Each rank combines its rows up to the largest whole nodes of the tree, all ranks gather all node
/// rows, and each finishes the tree for itself: the same operations in the same order as in one
/// process, so the same bits. Rows are small (batch-norm sums, losses), and this takes one exchange
/// on one host; see ``ReductionPlan`` for several.
final class ShardReducer: BatchReduction {
  private let firstShard: Int
  private let nodes: [ReductionTree.Node]
  private let reduction: TreeReduction<Double>
  private let roots: Int

  /// Makes a reducer.
  ///
  /// - Parameters:
  ///   - messenger: the ranks.
  ///   - shards: how many leaves there are, of which ranks own contiguous ranges.
  ///   - roots: the trees, as ranges of leaves.
  ///   - maximumWidth: the widest row there will be.
  ///   - collective: what it is for.
  init(
    messenger: any Messenger, shards: Int, roots: [Range<Int>], maximumWidth: Int,
    collective: Collective
  ) {
    let local = BatchPartition.shards(
      ofRank: messenger.rank, of: messenger.topology.ranks, microShards: shards)
    firstShard = local.lowerBound
    nodes = ReductionTree.cover(local, roots: roots)
    self.roots = roots.count
    let plan = ReductionPlan(
      rank: messenger.rank, topology: messenger.topology, shards: shards, roots: roots, units: 1)
    reduction = TreeReduction(
      messenger, plan: plan, unitElements: maximumWidth, rising: collective, falling: collective)
  }

  /// Sums rows over all ranks.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - leaves: [local leaves][width]; overwritten.
  ///   - results: [roots][width], the same on every rank.
  /// - Throws: `Failure` if communication fails.
  func sum(_ leaves: DoubleView, into results: DoubleView) throws(Failure) {
    try combineRows(leaves, by: .sum, into: results)
  }

  /// Combines rows over all ranks.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - leaves: [local micro-shards][width]; overwritten.
  ///   - combination: how two rows merge.
  ///   - results: [roots][width], the same on every rank.
  /// - Throws: `Failure` if communication fails.
  func combine(
    _ leaves: DoubleView, by combination: Combination, into results: DoubleView
  ) throws {
    try combineRows(leaves, by: combination, into: results)
  }

  /// ``combine(_:by:into:)`` with this module's own error.
  func combineRows(
    _ leaves: DoubleView, by combination: Combination, into results: DoubleView
  ) throws(Failure) {
    let width = results.count / roots
    for node in nodes { combine(node, leaves, width, combination) }
    try reduction.reduce(into: results) {
      leaf(nodes[$0].lowerBound, leaves, width)
    } merge: { row, count, other, otherCount in
      combination.merge(row, leaves: count, with: other, leaves: otherCount)
    }
  }

  private func leaf(_ shard: Int, _ leaves: DoubleView, _ width: Int) -> DoubleView {
    let index = shard - firstShard
    return leaves[index * width..<(index + 1) * width]
  }

  /// Combines the rows below a node of this rank into the row of its first leaf.
  private func combine(
    _ node: ReductionTree.Node, _ leaves: DoubleView, _ width: Int, _ combination: Combination
  ) {
    if node.count == 1 { return }
    let (left, right) = ReductionTree.children(of: node)
    combine(left, leaves, width, combination)
    combine(right, leaves, width, combination)
    combination.merge(
      leaf(left.lowerBound, leaves, width), leaves: left.count,
      with: leaf(right.lowerBound, leaves, width), leaves: right.count)
  }
}
