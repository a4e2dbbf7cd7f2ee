/// How the global batch is cut into shards, batch-norm groups and the parts of ranks.
///
/// A shard (`--micro-shards` says how many there are) is the smallest part of a sum. A rank owns a
/// contiguous range of them: of K shards and R ranks the first K mod R ranks own one more. Ranks
/// decide only who computes which shard, never a value.
public struct BatchPartition: Equatable, Sendable {
  /// Samples in the global batch.
  public let globalBatch: Int
  /// Shards of the global batch.
  public let shards: Int
  /// Samples that share batch-norm statistics.
  public let groupSamples: Int
  /// The shards of this rank.
  public let localShards: Range<Int>
  /// The shards of each batch-norm group: the roots of the trees of batch-norm sums.
  public let groups: [Range<Int>]

  /// Makes the partition that one rank sees.
  ///
  /// - Parameters:
  ///   - globalBatch: samples in the global batch.
  ///   - shards: a divisor of `globalBatch`.
  ///   - groupSamples: a divisor of `globalBatch` and a multiple of a shard's samples; the global
  ///     batch by default.
  ///   - rank: which rank.
  ///   - ranks: how many; at most `shards`.
  public init(
    globalBatch: Int, shards: Int, groupSamples: Int? = nil, rank: Int = 0, ranks: Int = 1
  ) {
    let group = groupSamples ?? globalBatch
    precondition(globalBatch % shards == 0, "\(shards) shards of \(globalBatch) samples")
    precondition(globalBatch % group == 0, "groups of \(group) in \(globalBatch) samples")
    precondition(group % (globalBatch / shards) == 0, "group \(group) cuts a shard")
    precondition(ranks <= shards, "\(ranks) ranks for \(shards) shards")
    self.globalBatch = globalBatch
    self.shards = shards
    self.groupSamples = group
    localShards = Self.part(ofRank: rank, of: ranks, count: shards)
    let shardsPerGroup = group / (globalBatch / shards)
    groups = stride(from: 0, to: shards, by: shardsPerGroup).map { $0..<$0 + shardsPerGroup }
  }

  /// What one rank owns of things that are shared out evenly, in order.
  ///
  /// - Parameters:
  ///   - rank: which rank.
  ///   - ranks: how many.
  ///   - count: how many things there are.
  /// - Returns: the rank's range of them.
  public static func part(ofRank rank: Int, of ranks: Int, count: Int) -> Range<Int> {
    let (quotient, remainder) = count.quotientAndRemainder(dividingBy: ranks)
    let start = rank * quotient + min(rank, remainder)
    return start..<start + quotient + (rank < remainder ? 1 : 0)
  }

  /// Samples in a shard.
  public var shardSamples: Int { globalBatch / shards }

  /// Samples of this rank.
  public var localSamples: Int { localShards.count * shardSamples }

  /// The batch-norm group of a shard.
  ///
  /// - Parameter shard: a shard of the global batch.
  /// - Returns: the index of its group.
  public func group(ofShard shard: Int) -> Int { shard / (groupSamples / shardSamples) }
}
