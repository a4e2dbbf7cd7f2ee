import ResNet
import Testing

@Suite struct BatchPartitionTests {
  /// The ranges of all ranks.
  private func ranges(ranks: Int, microShards: Int) -> [Range<Int>] {
    (0..<ranks).map { BatchPartition.shards(ofRank: $0, of: ranks, microShards: microShards) }
  }

  @Test func fiveRanksOwnFourAndThreeTimesThreeMicroShards() {
    #expect(ranges(ranks: 5, microShards: 16) == [0..<4, 4..<7, 7..<10, 10..<13, 13..<16])
  }

  @Test(arguments: 1...33)
  func ranksOwnAllMicroShardsInTheirOrderAndTheFirstOnesOneMore(microShards: Int) {
    for ranks in 1...microShards {
      let ranges = ranges(ranks: ranks, microShards: microShards)
      #expect(ranges.flatMap(Array.init) == Array(0..<microShards), "\(ranks) ranks")
      let (each, more) = (microShards / ranks, microShards % ranks)
      let counts =
        [Int](repeating: each + 1, count: more) + [Int](repeating: each, count: ranks - more)
      #expect(ranges.map(\.count) == counts, "\(ranks) ranks")
    }
  }

  @Test func moreRanksThanMicroShardsLeaveTheLastWithoutAny() {
    #expect(ranges(ranks: 5, microShards: 3).map(\.count) == [1, 1, 1, 0, 0])
  }

  @Test func ranksHaveTheSamplesOfTheirMicroShards() {
    let parts = (0..<5).map {
      BatchPartition(globalBatch: 60, microShards: 12, groupSamples: 20, rank: $0, ranks: 5)
    }
    #expect(parts.map(\.localShards) == [0..<3, 3..<6, 6..<8, 8..<10, 10..<12])
    #expect(parts.map(\.localSamples) == [15, 15, 10, 10, 10])
    #expect(parts.allSatisfy { $0.shardSamples == 5 })
  }

  @Test func batchNormGroupsAreTheSameOnEveryRankAndCutNoMicroShard() {
    for rank in 0..<5 {
      let part = BatchPartition(
        globalBatch: 60, microShards: 12, groupSamples: 20, rank: rank, ranks: 5)
      #expect(part.groups == [0..<4, 4..<8, 8..<12])
      #expect((0..<12).map(part.group) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    }
    let whole = BatchPartition(globalBatch: 128, microShards: 16)
    #expect(whole.groups == [0..<16] && whole.groupSamples == 128)
  }
}
