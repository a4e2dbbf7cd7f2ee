import ResNet
import Tensor

/// Sums gradients over the nodes of all ranks along the tree.
///
/// A reduce-scatter by exchange of slices: every rank receives one slice of every node's sum,
/// finishes the tree for it, and gathers the finished slices of the others. Each element is added
/// in tree order, so the sum is the same bits at any number of ranks.
final class GradientReducer {
  private let communicator: Communicator
  private let sliceBounds: [Int]
  private let nodeCounts: [Int]
  private let schedule: ReductionTree.Schedule
  /// This rank's slice of every node's sum, [nodes][slice].
  private let slices: [FloatView]
  private let sliceCounts: [Int]

  /// Makes a reducer.
  ///
  /// - Parameters:
  ///   - communicator: the ranks.
  ///   - partition: this rank's part of the batch.
  ///   - count: elements of a gradient, a whole number of vectors.
  init(communicator: Communicator, partition: BatchPartition, count: Int) {
    precondition(count % vectorLanes == 0, "\(count) gradients are not whole vectors")
    self.communicator = communicator
    let root = 0..<partition.microShards
    let nodesOfRanks = (0..<communicator.size).map { rank in
      ReductionTree.cover(
        BatchPartition.shards(
          ofRank: rank, of: communicator.size, microShards: partition.microShards), roots: [root])
    }
    nodeCounts = nodesOfRanks.map(\.count)
    let all = nodesOfRanks.flatMap { $0 }
    schedule = ReductionTree.schedule(merging: all, roots: [root])
    let vectors = count / vectorLanes
    let size = communicator.size
    sliceBounds = (0...size).map { vectors * $0 / size * vectorLanes }
    sliceCounts = zip(sliceBounds, sliceBounds.dropFirst()).map { $1 - $0 }
    let own = sliceCounts[communicator.rank]
    slices = all.map { _ in FloatView(zeros: own) }
  }

  private func slice(ofRank rank: Int) -> Range<Int> { sliceBounds[rank]..<sliceBounds[rank + 1] }

  /// Sums gradients.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - nodeSums: the sum of each node of this rank.
  ///   - gradient: receives the sum over the batch, the same on every rank.
  /// - Throws: `Failure` if communication fails.
  func reduce(_ nodeSums: [FloatView], into gradient: FloatView) throws(Failure) {
    try exchangeSlices(nodeSums)
    for merge in schedule.merges { add(slices[merge.from], to: slices[merge.into]) }
    gradient[slice(ofRank: communicator.rank)].copy(from: slices[schedule.rootSlots[0]])
    if communicator.size > 1 {
      try communicator.allGather(.gradient, counts: sliceCounts, in: gradient)
    }
  }

  private func exchangeSlices(_ nodeSums: [FloatView]) throws(Failure) {
    let own = slice(ofRank: communicator.rank)
    communicator.begin(.gradientSlices)
    var slot = 0
    for peer in 0..<communicator.size {
      for node in 0..<nodeCounts[peer] {
        if peer == communicator.rank {
          slices[slot].copy(from: nodeSums[node][own])
        } else {
          try communicator.receive(slices[slot], from: peer)
        }
        slot += 1
      }
    }
    for peer in 0..<communicator.size where peer != communicator.rank {
      for sum in nodeSums { try communicator.send(sum[slice(ofRank: peer)], to: peer) }
    }
    try communicator.complete()
  }
}
