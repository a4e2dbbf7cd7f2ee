import ResNet
import Testing

@Suite struct BatchPartitionTests {
  @Test func fiveRanksOwnFourAndThreeTimesThreeMicroShards() {
    let counts = (0..<5).map { BatchPartition.shards(ofRank: $0, of: 5, microShards: 16).count }
    #expect(counts == [4, 3, 3, 3, 3])
  }
}
