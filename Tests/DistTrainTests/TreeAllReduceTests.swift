import Foundation
import ResNet
import Tensor
import Testing

import DistTrain

/// A sum as the digest of its formula, so that two orders of addition differ in every bit.
private func merged(_ left: UInt64, _ right: UInt64, _ leaves: Int, _ otherLeaves: Int) -> UInt64 {
  var hash = left &* 0x9e37_79b9_7f4a_7c15 ^ right &* 0xc2b2_ae3d_27d4_eb4f
  hash = (hash ^ hash >> 31) &+ UInt64(leaves << 16 | otherLeaves)
  return (hash ^ hash >> 29) &* 0xbf58_476d_1ce4_e5b9
}

private func leaf(_ shard: Int, _ element: Int) -> UInt64 {
  merged(UInt64(shard + 1), UInt64(element + 1), 0, 0)
}

/// The tree, as its definition has it.
private func expected(_ node: Range<Int>, _ element: Int) -> UInt64 {
  if node.count == 1 { return leaf(node.lowerBound, element) }
  let (left, right) = SummationTree.children(of: node)
  return merged(expected(left, element), expected(right, element), left.count, right.count)
}

private let hostsOfRanks: [[Int]] = [
  [1], [2], [5], [1, 1], [2, 1], [1, 2], [2, 2], [3, 2], [1, 4], [4, 4], [1, 1, 1], [2, 1, 3],
  [3, 3, 3], [2, 2, 2, 2], [8, 5],
]

@Suite struct TreeAllReduceTests {
  /// Reduces on threads; gives each rank's results and the bytes between hosts.
  private func reduce(
    _ hosts: HostTopology, shards: Int, roots: [Range<Int>], units: Int, unit: Int
  ) -> (results: [[UInt64]], networkBytes: Int) {
    let ranks = ThreadRanks(hosts)
    let results = Results(hosts.ranks)
    ranks.run { messenger in
      let plan = AllReducePlan(
        rank: messenger.rank, topology: messenger.topology, shards: shards, roots: roots,
        units: units)
      let allReduce = TreeAllReduce<UInt64>(
        messenger, plan: plan, unitElements: unit + 2, reduceScatter: .gradientReduceScatter,
        allGather: .gradientAllGather)
      let nodes = SummationTree.cover(
        BatchPartition.part(ofRank: messenger.rank, of: hosts.ranks, count: shards), roots: roots)
      // A second reduction must not see what the first one left.
      for round in 0..<2 {
        let sums = nodes.map { node in
          MemoryView<UInt64>((0..<units * unit).map { expected(node, $0 + round) })
        }
        let view = MemoryView<UInt64>(zeros: roots.count * units * unit)
        try allReduce.reduce(into: view) {
          sums[$0]
        } merge: { row, leaves, other, otherLeaves in
          for index in 0..<row.count {
            row[index] = merged(row[index], other[index], leaves, otherLeaves)
          }
        }
        results.set(messenger.rank, view.array)
      }
    }
    #expect(ranks.failures == [])
    return (results.all, ranks.networkBytes)
  }

  private func formula(_ roots: [Range<Int>], elements: Int) -> [UInt64] {
    roots.flatMap { root in (0..<elements).map { expected(root, $0 + 1) } }
  }

  @Test(arguments: hostsOfRanks, [(16, 16), (16, 4), (13, 13), (30, 5)])
  func rowsOfAnyHostsFollowTheTree(counts: [Int], batch: (shards: Int, group: Int)) {
    let roots = stride(from: 0, to: batch.shards, by: batch.group).map { $0..<$0 + batch.group }
    let hosts = HostTopology(counts: counts)
    let run = reduce(hosts, shards: batch.shards, roots: roots, units: 1, unit: 3)
    let all = formula(roots, elements: 3)
    #expect(run.results == [[UInt64]](repeating: all, count: hosts.ranks))
  }

  @Test(arguments: hostsOfRanks, [(16, 64), (13, 7), (30, 2), (16, 3)])
  func slicesOfAnyHostsFollowTheTree(counts: [Int], size: (shards: Int, units: Int)) {
    let hosts = HostTopology(counts: counts)
    let run = reduce(
      hosts, shards: size.shards, roots: [0..<size.shards], units: size.units, unit: 2)
    let all = formula([0..<size.shards], elements: 2 * size.units)
    #expect(run.results == [[UInt64]](repeating: all, count: hosts.ranks))
  }

  @Test func ranksWithoutLeavesReceiveTheResults() {
    let run = reduce(
      HostTopology(counts: [2, 3]), shards: 3, roots: [0..<3], units: 1, unit: 2)
    #expect(run.results == [[UInt64]](repeating: formula([0..<3], elements: 2), count: 5))
  }

  /// The comparisons above could pass if a digest did not depend on the order.
  @Test func anotherOrderOfAdditionsHasAnotherDigest() {
    let (a, b, c) = (leaf(0, 0), leaf(1, 0), leaf(2, 0))
    #expect(merged(merged(a, b, 1, 1), c, 2, 1) == expected(0..<3, 0))
    #expect(merged(a, merged(b, c, 1, 1), 1, 2) != expected(0..<3, 0))
    #expect(merged(merged(b, a, 1, 1), c, 2, 1) != expected(0..<3, 0))
  }

  @Test func whatCrossesTheNetworkDoesNotGrowWithTheRanksOfAHost() {
    func bytes(_ counts: [Int], units: Int) -> Int {
      reduce(
        HostTopology(counts: counts), shards: 16, roots: [0..<16], units: units, unit: 1
      ).networkBytes
    }
    for units in [1, 64] {
      #expect(bytes([4, 4], units: units) == bytes([1, 1], units: units))
      #expect(bytes([2, 2, 2, 2], units: units) == bytes([1, 1, 1, 1], units: units))
    }
    #expect(bytes([1, 1], units: 64) == 2 * 2 * 64 * 8)
  }

  @Test func hostsAreReducedInTwoLevelsOnlyWhereThatSavesMessages() {
    #expect(HostTopology(counts: [2, 1]).isTwoLevel)
    #expect(HostTopology(counts: [8, 8, 8]).isTwoLevel)
    #expect(!HostTopology(counts: [4]).isTwoLevel)
    #expect(!HostTopology(counts: [1, 1, 1]).isTwoLevel)
    let inTurns = HostTopology(firstRanks: [0, 1, 0, 1])
    #expect(inTurns.hosts == [[0, 2], [1, 3]] && !inTurns.isTwoLevel)
  }

  @Test func ranksInTurnsFollowTheTreeToo() {
    let run = reduce(
      HostTopology(firstRanks: [0, 1, 0, 1, 0]), shards: 16, roots: [0..<16], units: 9, unit: 1)
    #expect(run.results == [[UInt64]](repeating: formula([0..<16], elements: 9), count: 5))
  }

  @Test func theBannerTellsHostsAndTheWayOfReductions() {
    #expect(HostTopology(counts: [1]).summary == "1 rank")
    #expect(HostTopology(counts: [3]).summary == "3 ranks")
    #expect(HostTopology(counts: [1, 1]).summary == "2 ranks on 2 hosts")
    #expect(
      HostTopology(counts: [2, 1]).summary == "3 ranks on 2 hosts, reductions within hosts first")
    #expect(
      HostTopology(firstRanks: [0, 1, 0, 1]).summary
        == "4 ranks on 2 hosts in turns (mpirun --map-by slot is faster)")
  }
}

/// Each rank's results, written from its thread.
private final class Results: @unchecked Sendable {
  private let lock = NSLock()
  private var values: [[UInt64]]

  init(_ ranks: Int) { values = .init(repeating: [], count: ranks) }

  func set(_ rank: Int, _ value: [UInt64]) { lock.withLock { values[rank] = value } }

  var all: [[UInt64]] { lock.withLock { values } }
}
