import ResNet
import Tensor

/// Sums gradients over the nodes of all ranks along the tree.
///
/// A reduce-scatter by exchange of slices, then an all-gather: every rank receives one slice of
/// every node's sum, finishes the tree for it, and gathers the finished slices of the others. Each
/// element is added in tree order, so the sum is the same bits at any number of ranks.
package final class GradientAllReduce {
  private let allReduce: TreeAllReduce<Float>

  /// Makes an all-reduce.
  ///
  /// - Parameters:
  ///   - messenger: the ranks.
  ///   - shards: shards of the batch.
  ///   - count: elements of a gradient, a whole number of vectors.
  package init(messenger: any Messenger, shards: Int, count: Int) {
    precondition(count % vectorLanes == 0, "\(count) gradients are not whole vectors")
    let plan = AllReducePlan(
      rank: messenger.rank, topology: messenger.topology, shards: shards,
      roots: [0..<shards], units: count / vectorLanes)
    allReduce = TreeAllReduce(
      messenger, plan: plan, unitElements: vectorLanes, reduceScatter: .gradientReduceScatter,
      allGather: .gradientAllGather)
  }

  /// Sums gradients.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - nodeSums: the sum of each node of this rank.
  ///   - gradient: receives the sum over the batch, the same on every rank.
  /// - Throws: `Failure` if communication fails.
  package func reduce(_ nodeSums: [FloatView], into gradient: FloatView) throws(Failure) {
    try allReduce.reduce(into: gradient) {
      nodeSums[$0]
    } merge: { row, _, other, _ in
      add(other, to: row)
    }
  }
}
