import ResNet
import Tensor

/// Sums gradients over the nodes of all ranks along the tree.
///
/// A reduce-scatter by exchange of slices, then an all-gather: every rank receives one slice of
/// every node's sum, finishes the tree for it, and gathers the finished slices of the others. Each
/// element is added in tree order, so the sum is the same bits at any number of ranks.
final class GradientReducer {
  private let reduction: TreeReduction<Float>

  /// Makes a reducer.
  ///
  /// - Parameters:
  ///   - messenger: the ranks.
  ///   - microShards: micro-shards of the batch.
  ///   - count: elements of a gradient, a whole number of vectors.
  init(messenger: any Messenger, microShards: Int, count: Int) {
    precondition(count % vectorLanes == 0, "\(count) gradients are not whole vectors")
    let plan = ReductionPlan(
      rank: messenger.rank, topology: messenger.topology, shards: microShards,
      roots: [0..<microShards], units: count / vectorLanes)
    reduction = TreeReduction(
      messenger, plan: plan, unitElements: vectorLanes, rising: .gradientSlices,
      falling: .gradient)
  }

  /// Sums gradients.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - nodeSums: the sum of each node of this rank.
  ///   - gradient: receives the sum over the batch, the same on every rank.
  /// - Throws: `Failure` if communication fails.
  func reduce(_ nodeSums: [FloatView], into gradient: FloatView) throws(Failure) {
    try reduction.reduce(into: gradient) {
      nodeSums[$0]
    } merge: { row, _, other, _ in
      add(other, to: row)
    }
  }
}
