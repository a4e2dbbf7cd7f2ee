import Tensor

/// Sums gradients over this rank's shards, up to the largest whole nodes of the tree.
///
/// A layer computes its gradient for one shard after the other; partial sums wait on a small stack,
/// so memory grows with the logarithm of the number of shards only.
final class GradientAccumulator {
  /// The nodes that this rank's shards cover, in the order of their leaves.
  let nodes: [SummationTree.Node]
  /// One gradient of all summed parameters per node.
  let nodeSums: [FloatView]
  private let stack: [FloatView]
  private let firstShard: Int

  init(partition: BatchPartition, layout: ParameterLayout, arena: Arena) {
    nodes = SummationTree.cover(partition.localShards, roots: [0..<partition.shards])
    nodeSums = nodes.map { _ in arena.take(layout.summedCount) }
    let depth = nodes.map(SummationTree.depth(of:)).max() ?? 1
    stack = (1..<max(depth, 1)).map { _ in arena.take(layout.largestSummedRange) }
    firstShard = partition.localShards.lowerBound
  }

  /// Sums one layer's gradient.
  ///
  /// - Parameters:
  ///   - range: where the layer's parameters lie among the summed ones.
  ///   - compute: computes the gradient of one local shard into the given view, which holds
  ///     anything before.
  func accumulate(_ range: Range<Int>, compute: (_ localShard: Int, _ gradient: FloatView) -> Void)
  {
    for (node, sum) in zip(nodes, nodeSums) {
      let target = sum[range]
      func position(_ depth: Int) -> FloatView {
        depth == 0 ? target : stack[depth - 1][0..<range.count]
      }
      SummationTree.visit(node) { shard, depth in
        compute(shard - firstShard, position(depth))
      } merge: { into, from in
        add(position(from), to: position(into))
      }
    }
  }
}
