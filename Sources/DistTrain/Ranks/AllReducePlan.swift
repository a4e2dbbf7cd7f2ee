import ResNet
import Tensor

/// One rank's way through an all-reduce: its part in each level, from its own nodes up to the roots.
///
/// - One level: all ranks are one group, and each owns a part.
/// - Two levels, where ranks share hosts: first the ranks of each host, of which as many own a part
///   as the smallest host has ranks; then, for each part, its owners on all hosts. So of each sum
///   that crosses the network there is one per host, not one per rank.
///
/// Elements that are not cut, small rows, have one owner on each host, its first rank, and all
/// members of the upper level own them: each host finishes the tree for itself.
///
/// Whatever the levels, an element is added along the one tree, so its bits are the same.
package struct AllReducePlan: Sendable {
  /// How many units the elements are; parts are cut between units.
  let units: Int
  /// How many trees there are.
  let roots: Int
  /// The levels, as many on every rank.
  let levels: [AllReduceLevel]

  /// The most collectives that an all-reduce takes: two for each level.
  package static let mostCollectives = 4

  /// Makes a plan.
  ///
  /// - Parameters:
  ///   - rank: whose.
  ///   - topology: the ranks and their hosts.
  ///   - shards: how many leaves there are, of which ranks own contiguous ranges.
  ///   - roots: the trees; a single one if there are several units.
  ///   - units: how many units are reduced.
  package init(
    rank: Int, topology: HostTopology, shards: Int, roots: [SummationTree.Node], units: Int
  ) {
    precondition(units == 1 || roots.count == 1, "\(units) units of \(roots.count) trees")
    self.units = units
    self.roots = roots.count
    let ranks = topology.ranks
    let leaves = (0..<ranks).map {
      BatchPartition.part(ofRank: $0, of: ranks, count: shards)
    }
    func level(
      _ members: [Int], _ leaves: [Range<Int>], _ units: Range<Int>, owners: Int
    ) -> AllReduceLevel {
      AllReduceLevel(
        rank: rank, members: members, leaves: leaves, roots: roots, units: units, owners: owners)
    }
    guard topology.isTwoLevel else {
      levels = [level(Array(0..<ranks), leaves, 0..<units, owners: ranks)]
      return
    }
    let hosts = topology.hosts
    let host = hosts.first { $0.contains(rank) } ?? [rank]
    let owners = units == 1 ? 1 : hosts.map(\.count).min() ?? 1
    let local = level(host, host.map { leaves[$0] }, 0..<units, owners: owners)
    let upper =
      local.place < owners
      ? level(
        hosts.map { $0[local.place] },
        hosts.map { leaves[$0[0]].lowerBound..<leaves[$0[$0.count - 1]].upperBound },
        local.own, owners: hosts.count)
      : level([rank], [0..<0], 0..<0, owners: 0)
    levels = [local, upper]
  }
}
