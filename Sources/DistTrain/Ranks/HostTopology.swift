/// Which ranks share a host.
///
/// Messages between ranks of one host pass through its memory, those between hosts through a slow
/// network. Where ranks are started host by host, a host owns a contiguous range of shards,
/// and can add up its part of the tree before anything leaves it.
package struct HostTopology: Equatable, Sendable {
  /// The ranks of each host in ascending order; hosts in the order of their first ranks.
  package let hosts: [[Int]]

  /// Groups ranks.
  ///
  /// - Parameter firstRanks: for each rank, the lowest rank on its host.
  package init(firstRanks: [Int]) {
    let groups = Dictionary(grouping: firstRanks.indices) { firstRanks[$0] }
    hosts = groups.values.sorted { $0[0] < $1[0] }
  }

  /// The number of ranks.
  package var ranks: Int { hosts.reduce(0) { $0 + $1.count } }

  /// Whether reductions go host by host first: there are several hosts, one of them has several
  /// ranks, and the ranks of each are consecutive.
  package var isTwoLevel: Bool {
    hosts.count > 1 && hosts.count < ranks && areConsecutive
  }

  private var areConsecutive: Bool { hosts.allSatisfy { $0[$0.count - 1] - $0[0] < $0.count } }

  /// The ranks and hosts in words, with the way that reductions take where it could be either.
  package var summary: String {
    let ranksText = "\(ranks) \(ranks == 1 ? "rank" : "ranks")"
    if hosts.count < 2 { return ranksText }
    let text = "\(ranksText) on \(hosts.count) hosts"
    if isTwoLevel { return text + ", reductions within hosts first" }
    return areConsecutive ? text : text + " in turns (mpirun --map-by slot is faster)"
  }
}
