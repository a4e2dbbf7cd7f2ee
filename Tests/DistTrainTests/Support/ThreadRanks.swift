import Foundation
import Tensor

import DistTrain

/// Ranks that are threads of this process, on hosts that are groups of them.
final class ThreadRanks: @unchecked Sendable {
  /// A message on its way: who sent it to whom, and as which of them in which collective.
  private struct Address: Hashable {
    let sender: Int
    let receiver: Int
    let collective: Int
    let position: Int
  }

  let topology: HostTopology
  private let condition = NSCondition()
  private var messages: [Address: [UInt8]] = [:]
  private var running = 0
  private(set) var failures: [String] = []
  /// Bytes sent between hosts.
  private(set) var networkBytes = 0

  init(_ topology: HostTopology) { self.topology = topology }

  /// Runs a rank's code on a thread each.
  func run(_ body: @escaping @Sendable (any Messenger) throws -> Void) {
    running = topology.ranks
    for rank in 0..<topology.ranks {
      Thread {
        var failure: String?
        do { try body(ThreadMessenger(rank: rank, ranks: self)) } catch { failure = "\(error)" }
        self.condition.withLock {
          self.failures += failure.map { ["rank \(rank): \($0)"] } ?? []
          self.running -= 1
          self.condition.broadcast()
        }
      }.start()
    }
    condition.withLock { while running > 0 { condition.wait() } }
    if !messages.isEmpty { failures.append("\(messages.count) messages were not received") }
  }

  private func host(_ rank: Int) -> Int? { topology.hosts.firstIndex { $0.contains(rank) } }

  /// One rank's mailbox; messages of a pair keep their order within a collective.
  private final class ThreadMessenger: Messenger {
    let rank: Int
    private let ranks: ThreadRanks
    private var collective = 0
    private var receipts: [(address: Address, bytes: Int, store: ([UInt8]) -> Void)] = []
    private var counts: [Int: Int] = [:]
    var topology: HostTopology { ranks.topology }

    init(rank: Int, ranks: ThreadRanks) {
      self.rank = rank
      self.ranks = ranks
    }

    func begin(_: Collective) {
      collective += 1
      receipts = []
      counts = [:]
    }

    func receive<Element>(_ view: MemoryView<Element>, from peer: Int) throws(Failure) {
      let position = receipts.count { $0.address.sender == peer }
      let address = Address(
        sender: peer, receiver: rank, collective: collective, position: position)
      let bytes = view.count * MemoryLayout<Element>.stride
      receipts.append(
        (
          address, bytes,
          { UnsafeMutableRawPointer(view.base).copyMemory(from: $0, byteCount: bytes) }
        ))
    }

    func send<Element>(_ view: MemoryView<Element>, to peer: Int) throws(Failure) {
      let position = counts[peer, default: 0]
      counts[peer] = position + 1
      let address = Address(
        sender: rank, receiver: peer, collective: collective, position: position)
      let bytes = Array(
        UnsafeRawBufferPointer(start: view.base, count: view.count * MemoryLayout<Element>.stride))
      ranks.condition.withLock {
        ranks.messages[address] = bytes
        if ranks.host(rank) != ranks.host(peer) { ranks.networkBytes += bytes.count }
        ranks.condition.broadcast()
      }
    }

    func complete() throws(Failure) {
      for (address, bytes, store) in receipts {
        guard let message = ranks.take(address), message.count == bytes else {
          throw Failure(.internal, "\(address) did not come with \(bytes) bytes")
        }
        store(message)
      }
    }
  }

  private func take(_ address: Address) -> [UInt8]? {
    let deadline = Date().addingTimeInterval(20)
    return condition.withLock {
      while messages[address] == nil && condition.wait(until: deadline) {}
      return messages.removeValue(forKey: address)
    }
  }
}

extension HostTopology {
  /// Hosts with these numbers of consecutive ranks.
  init(counts: [Int]) {
    var first = 0
    self.init(
      firstRanks: counts.flatMap { count in
        defer { first += count }
        return [Int](repeating: first, count: count)
      })
  }
}
