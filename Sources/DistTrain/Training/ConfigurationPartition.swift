import ResNet

extension Configuration {
  /// How the global batch is cut, as one rank sees it.
  ///
  /// - Parameters:
  ///   - rank: which rank.
  ///   - ranks: how many.
  /// - Returns: the partition.
  /// - Throws: `Failure` of kind usage if there are more ranks than shards.
  package func partition(ofRank rank: Int, of ranks: Int) throws(Failure) -> BatchPartition {
    if ranks > self.microShards {
      throw Failure(
        .usage,
        "\(ranks) ranks are more than --micro-shards \(self.microShards); start fewer ranks, or more "
          + "micro-shards")
    }
    return BatchPartition(
      globalBatch: self.globalBatch, shards: self.microShards, groupSamples: self.batchNormGroup,
      rank: rank,
      ranks: ranks)
  }
}
