import ResNet
import Tensor

/// Combines rows of statistics over the shards of all ranks, along the tree of each root.
///
/// Rows are small: every rank receives the rows of all nodes and finishes the trees itself, in one
/// exchange on one host; see ``AllReducePlan`` for several.
package final class RowAllReduce: StatisticsReducer {
  private let firstShard: Int
  private let nodes: [SummationTree.Node]
  private let allReduce: TreeAllReduce<Double>
  private let roots: Int

  /// Makes an all-reduce.
  ///
  /// - Parameters:
  ///   - messenger: the ranks.
  ///   - shards: how many shards there are, of which ranks own contiguous ranges.
  ///   - roots: the trees, as ranges of shards.
  ///   - widestRow: the elements of the widest row there will be.
  ///   - collective: what it is for.
  package init(
    messenger: any Messenger, shards: Int, roots: [Range<Int>], widestRow: Int,
    collective: Collective
  ) {
    let local = BatchPartition.part(
      ofRank: messenger.rank, of: messenger.topology.ranks, count: shards)
    firstShard = local.lowerBound
    nodes = SummationTree.cover(local, roots: roots)
    self.roots = roots.count
    let plan = AllReducePlan(
      rank: messenger.rank, topology: messenger.topology, shards: shards, roots: roots, units: 1)
    allReduce = TreeAllReduce(
      messenger, plan: plan, unitElements: widestRow, reduceScatter: collective,
      allGather: collective)
  }

  /// Combines rows over all ranks.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - rows: [local shards][width]; overwritten.
  ///   - combination: how two rows merge.
  ///   - results: [roots][width], the same on every rank.
  /// - Throws: `Failure` if communication fails.
  package func combine(
    _ rows: DoubleView, by combination: Combination, into results: DoubleView
  ) throws(Failure) {
    let width = results.count / roots
    for node in nodes {
      combination.combine(node, rows: rows, width: width, firstShard: firstShard)
    }
    try allReduce.reduce(into: results) {
      rows.row(nodes[$0].lowerBound - firstShard, width: width)
    } merge: { row, count, other, otherCount in
      combination.merge(row, leaves: count, with: other, leaves: otherCount)
    }
  }
}
