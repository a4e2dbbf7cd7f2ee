import ResNet
import Tensor

/// Combines rows of double-precision statistics over the micro-shards of all ranks.
///
/// Each rank combines its rows up to the largest whole nodes of the tree, all ranks gather all node
/// rows, and each finishes the tree for itself: the same operations in the same order as in one
/// process, so the same bits. Rows are small (batch-norm sums, losses), and this takes one exchange.
final class ShardReducer: BatchReduction {
  /// One step of the tree above the nodes of ranks.
  private struct Step {
    let into: Int
    let from: Int
    let leaves: Int
    let otherLeaves: Int
  }

  private let communicator: Communicator
  private let collective: Collective
  private let firstShard: Int
  private let nodes: [ReductionTree.Node]
  private let firstSlot: Int
  /// How many nodes each rank has.
  private let nodeCounts: [Int]
  private let steps: [Step]
  private let rootSlots: [Int]
  /// Rows of all nodes, [nodes][width].
  private let rows: DoubleView
  private var counts: [Int]

  /// Makes a reducer.
  ///
  /// - Parameters:
  ///   - communicator: the ranks.
  ///   - shards: how many leaves there are, of which ranks own contiguous ranges.
  ///   - roots: the trees, as ranges of leaves.
  ///   - maximumWidth: the widest row there will be.
  ///   - collective: what it is for.
  init(
    communicator: Communicator, shards: Int, roots: [Range<Int>], maximumWidth: Int,
    collective: Collective
  ) {
    self.communicator = communicator
    self.collective = collective
    let nodesOfRanks = (0..<communicator.size).map { rank in
      ReductionTree.cover(
        BatchPartition.shards(ofRank: rank, of: communicator.size, microShards: shards),
        roots: roots)
    }
    firstShard =
      BatchPartition.shards(
        ofRank: communicator.rank, of: communicator.size, microShards: shards
      ).lowerBound
    nodes = nodesOfRanks[communicator.rank]
    nodeCounts = nodesOfRanks.map(\.count)
    counts = nodeCounts
    firstSlot = nodeCounts[..<communicator.rank].reduce(0, +)
    let all = nodesOfRanks.flatMap { $0 }
    let schedule = ReductionTree.schedule(merging: all, roots: roots)
    var leaves = all.map(\.count)
    steps = schedule.merges.map { merge in
      defer { leaves[merge.into] += leaves[merge.from] }
      return Step(
        into: merge.into, from: merge.from, leaves: leaves[merge.into],
        otherLeaves: leaves[merge.from])
    }
    rootSlots = schedule.rootSlots
    rows = DoubleView(zeros: all.count * maximumWidth)
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
    let width = results.count / rootSlots.count
    for (index, node) in nodes.enumerated() {
      combine(node, leaves, width, combination)
      row(firstSlot + index, width).copy(from: leaf(node.lowerBound, leaves, width))
    }
    if communicator.size > 1 {
      for rank in counts.indices { counts[rank] = nodeCounts[rank] * width }
      try communicator.allGather(collective, counts: counts, in: rows)
    }
    for step in steps {
      combination.merge(
        row(step.into, width), leaves: step.leaves, with: row(step.from, width),
        leaves: step.otherLeaves)
    }
    for (index, slot) in rootSlots.enumerated() {
      results[index * width..<(index + 1) * width].copy(from: row(slot, width))
    }
  }

  private func row(_ slot: Int, _ width: Int) -> DoubleView {
    rows[slot * width..<(slot + 1) * width]
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
