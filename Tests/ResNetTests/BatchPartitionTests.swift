import ResNet
import Testing

@Suite struct BatchPartitionTests {
  /// The ranges of all ranks.
  private func ranges(ranks: Int, shards: Int) -> [Range<Int>] {
    (0..<ranks).map { BatchPartition.part(ofRank: $0, of: ranks, count: shards) }
  }

  @Test func fiveRanksOwnFourAndThreeTimesThreeShards() {
    #expect(ranges(ranks: 5, shards: 16) == [0..<4, 4..<7, 7..<10, 10..<13, 13..<16])
  }

  @Test(arguments: 1...33)
  func ranksOwnAllShardsInTheirOrderAndTheFirstOnesOneMore(shards: Int) {
    for ranks in 1...shards {
      let ranges = ranges(ranks: ranks, shards: shards)
      #expect(ranges.flatMap(Array.init) == Array(0..<shards), "\(ranks) ranks")
      let (each, more) = (shards / ranks, shards % ranks)
      let counts =
        [Int](repeating: each + 1, count: more) + [Int](repeating: each, count: ranks - more)
      #expect(ranges.map(\.count) == counts, "\(ranks) ranks")
    }
  }

  @Test func moreRanksThanShardsLeaveTheLastWithoutAny() {
    #expect(ranges(ranks: 5, shards: 3).map(\.count) == [1, 1, 1, 0, 0])
  }

  @Test func ranksHaveTheSamplesOfTheirShards() {
    let parts = (0..<5).map {
      BatchPartition(globalBatch: 60, shards: 12, groupSamples: 20, rank: $0, ranks: 5)
    }
    #expect(parts.map(\.localShards) == [0..<3, 3..<6, 6..<8, 8..<10, 10..<12])
    #expect(parts.map(\.localSamples) == [15, 15, 10, 10, 10])
    #expect(parts.allSatisfy { $0.shardSamples == 5 })
  }

  @Test func batchNormGroupsAreTheSameOnEveryRankAndCutNoShard() {
    for rank in 0..<5 {
      let part = BatchPartition(
        globalBatch: 60, shards: 12, groupSamples: 20, rank: rank, ranks: 5)
      #expect(part.groups == [0..<4, 4..<8, 8..<12])
      #expect((0..<12).map(part.group) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    }
    let whole = BatchPartition(globalBatch: 128, shards: 16)
    #expect(whole.groups == [0..<16] && whole.groupSamples == 128)
  }
}
