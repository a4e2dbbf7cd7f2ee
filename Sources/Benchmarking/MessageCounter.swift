import DistTrain
import Tensor

/// A rank that sends nothing, and counts what it would have sent and received.
///
/// Reductions run on it as they do on a communicator, so what it counts is what they do.
final class MessageCounter: Messenger {
  /// What a rank sends and receives in one collective.
  struct Exchange {
    var sentInside = Traffic()
    var sentAcross = Traffic()
    var receivedInside = Traffic()
    var receivedAcross = Traffic()
  }

  let rank: Int
  /// What reductions are told; one level where each rank is said to be a host of its own.
  let topology: HostTopology
  /// The collectives so far.
  private(set) var exchanges: [Exchange] = []
  private let ranksPerHost: Int

  /// Makes a counter.
  ///
  /// - Parameters:
  ///   - rank: which rank.
  ///   - topology: what reductions are told of hosts.
  ///   - ranksPerHost: how many consecutive ranks share a host.
  init(rank: Int, topology: HostTopology, ranksPerHost: Int) {
    self.rank = rank
    self.topology = topology
    self.ranksPerHost = ranksPerHost
  }

  private func isInside(_ peer: Int) -> Bool { peer / ranksPerHost == rank / ranksPerHost }

  func begin(_ collective: Collective) { exchanges.append(Exchange()) }

  func receive<Element>(_ view: MemoryView<Element>, from peer: Int) {
    let bytes = view.count * MemoryLayout<Element>.stride
    count(bytes, in: isInside(peer) ? \.receivedInside : \.receivedAcross)
  }

  func send<Element>(_ view: MemoryView<Element>, to peer: Int) {
    let bytes = view.count * MemoryLayout<Element>.stride
    count(bytes, in: isInside(peer) ? \.sentInside : \.sentAcross)
  }

  private func count(_ bytes: Int, in kind: WritableKeyPath<Exchange, Traffic>) {
    exchanges[exchanges.count - 1][keyPath: kind] += Traffic(messages: 1, bytes: bytes)
  }

  func complete() {}
}
