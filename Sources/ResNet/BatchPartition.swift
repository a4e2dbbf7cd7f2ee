/// How the global batch is cut into micro-shards, batch-norm groups and the shards of ranks.
///
/// A rank owns a contiguous range of micro-shards: of K micro-shards and R ranks the first K mod R
/// ranks own one more. Ranks decide only who computes which micro-shard, never a value.
public struct BatchPartition: Equatable, Sendable {
  /// Samples in the global batch.
  public let globalBatch: Int
  /// Micro-shards in the global batch.
  public let microShards: Int
  /// Samples that share batch-norm statistics.
  public let groupSamples: Int
  /// The micro-shards of this rank.
  public let localShards: Range<Int>
  /// The micro-shards of each batch-norm group: the roots of the trees of batch-norm sums.
  public let groups: [Range<Int>]

  /// Makes the partition that one rank sees.
  ///
  /// - Parameters:
  ///   - globalBatch: samples in the global batch.
  ///   - microShards: a divisor of `globalBatch`.
  ///   - groupSamples: a divisor of `globalBatch` and a multiple of the micro-shard's samples; the
  ///     global batch by default.
  ///   - rank: which rank.
  ///   - ranks: how many; at most `microShards`.
  public init(
    globalBatch: Int, microShards: Int, groupSamples: Int? = nil, rank: Int = 0, ranks: Int = 1
  ) {
    let group = groupSamples ?? globalBatch
    precondition(globalBatch % microShards == 0, "\(microShards) of \(globalBatch) samples")
    precondition(globalBatch % group == 0, "groups of \(group) in \(globalBatch) samples")
    precondition(group % (globalBatch / microShards) == 0, "group \(group) cuts a micro-shard")
    precondition(ranks <= microShards, "\(ranks) ranks for \(microShards) micro-shards")
    self.globalBatch = globalBatch
    self.microShards = microShards
    self.groupSamples = group
    localShards = Self.shards(ofRank: rank, of: ranks, microShards: microShards)
    let shardsPerGroup = group / (globalBatch / microShards)
    groups = stride(from: 0, to: microShards, by: shardsPerGroup).map { $0..<$0 + shardsPerGroup }
  }

  /// The micro-shards of one rank.
  ///
  /// - Parameters:
  ///   - rank: which rank.
  ///   - ranks: how many.
  ///   - microShards: how many micro-shards there are.
  /// - Returns: a range of micro-shards.
  public static func shards(ofRank rank: Int, of ranks: Int, microShards: Int) -> Range<Int> {
    let (quotient, remainder) = microShards.quotientAndRemainder(dividingBy: ranks)
    let start = rank * quotient + min(rank, remainder)
    return start..<start + quotient + (rank < remainder ? 1 : 0)
  }

  /// Samples in a micro-shard.
  public var shardSamples: Int { globalBatch / microShards }

  /// Samples of this rank.
  public var localSamples: Int { localShards.count * shardSamples }

  /// The batch-norm group of a micro-shard.
  ///
  /// - Parameter shard: a micro-shard of the global batch.
  /// - Returns: the index of its group.
  public func group(ofShard shard: Int) -> Int { shard / (groupSamples / shardSamples) }
}
