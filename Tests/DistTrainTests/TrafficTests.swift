import Benchmarking
import ResNet
import Tensor
import Testing

import DistTrain

@Suite struct TrafficTests {
  private func report(hosts: Int, ranksPerHost: Int, shards: Int = 16) throws -> TrafficReport {
    let configuration = try Configuration(.paper) {
      $0.depth = 8
      $0.microShards = shards
    }
    return try TrafficCount(configuration, hosts: hosts, ranksPerHost: ranksPerHost).run()
  }

  private func row(_ name: String, levels: Int, _ report: TrafficReport) throws
    -> TrafficReport.Row
  {
    try #require(report.rows.first { $0.name == name && $0.levels == levels })
  }

  private func leaving(_ row: TrafficReport.Row) -> (messages: Int, bytes: Int) {
    row.rounds.reduce((0, 0)) { ($0.0 + $1.host.messages, $0.1 + $1.host.bytes) }
  }

  /// H hosts of R ranks: each rank sends a row to each rank of the other hosts, or each host one to
  /// each other host.
  @Test(arguments: [(2, 2), (4, 2), (2, 8), (8, 2)])
  func twoLevelsSendARowPerHostInsteadOfOnePerRank(hosts: Int, ranks: Int) throws {
    let report = try report(hosts: hosts, ranksPerHost: ranks)
    let bytes = 2 * 32 * 8
    let one = try row("batch norm 32", levels: 1, report)
    #expect(one.rounds.count == 1 && one.perStep == 4)
    #expect(leaving(one) == (ranks * ranks * (hosts - 1), ranks * ranks * (hosts - 1) * bytes))
    let two = try row("batch norm 32", levels: 2, report)
    #expect(two.rounds.count == 3)
    #expect(leaving(two) == (hosts - 1, (hosts - 1) * bytes))
    // The first rank of a host hears from all others, and tells them.
    #expect(two.rounds[0].inside.messages == ranks - 1 && two.rounds[0].across.messages == 0)
    #expect(two.rounds[2].inside.bytes == (ranks - 1) * bytes)
  }

  /// Each host receives a node's sum and sends its slices of the result, H − 1 of H parts each.
  @Test(arguments: [(2, 2), (4, 2), (2, 8), (8, 2)])
  func twoLevelsSendTheGradientOfAHostInsteadOfThatOfEachRank(hosts: Int, ranks: Int) throws {
    let report = try report(hosts: hosts, ranksPerHost: ranks)
    let network = try Configuration(.paper) { $0.depth = 8 }.architecture
    let gradient = 4 * ParameterLayout(network).summedCount
    let one = leaving(try row("gradient", levels: 1, report))
    let two = leaving(try row("gradient", levels: 2, report))
    #expect(one.messages == 2 * ranks * ranks * (hosts - 1))
    #expect(two.messages == 2 * ranks * (hosts - 1))
    // Slices are whole vectors of 64 bytes.
    let exact = 2 * gradient * (hosts - 1) / hosts
    #expect(abs(one.bytes - ranks * exact) <= 64 * one.messages)
    #expect(abs(two.bytes - exact) <= 64 * two.messages)
  }

  @Test func aSingleHostAndHostsOfOneRankHaveOneLevel() throws {
    for (hosts, ranks) in [(1, 4), (4, 1)] {
      let report = try report(hosts: hosts, ranksPerHost: ranks)
      #expect(report.rows.count == 5 && report.rows.allSatisfy { $0.levels == 1 })
    }
    let alone = try report(hosts: 1, ranksPerHost: 1)
    #expect(alone.rows.allSatisfy { $0.rounds.isEmpty })
  }

  @Test func moreRanksThanMicroShardsAreRefused() {
    #expect(throws: Failure.self) { try report(hosts: 3, ranksPerHost: 8) }
  }

  /// What is counted is what ranks send that do exchange messages.
  @Test(arguments: [[2, 2], [3, 3], [2, 2, 2]])
  func countsAreThoseOfRanksThatSend(counts: [Int]) throws {
    let hosts = HostTopology(counts: counts)
    let ranks = ThreadRanks(hosts)
    ranks.run { messenger in
      let partition = BatchPartition(
        globalBatch: 128, shards: 16, rank: messenger.rank, ranks: hosts.ranks)
      let allReduce = RowAllReduce(
        messenger: messenger, shards: 16, roots: [0..<16], widestRow: 64, collective: .batchNorm)
      try allReduce.combine(
        DoubleView(zeros: partition.localShards.count * 64), by: .sum,
        into: DoubleView(zeros: 64))
    }
    #expect(ranks.failures == [])
    let report = try report(hosts: counts.count, ranksPerHost: counts[0])
    let most = leaving(try row("batch norm 32", levels: 2, report)).bytes
    // Hosts with as many nodes as the one with the most send as much; the others less.
    #expect(ranks.networkBytes <= counts.count * most)
    #expect(counts != [2, 2] || ranks.networkBytes == 2 * most)
  }
}
