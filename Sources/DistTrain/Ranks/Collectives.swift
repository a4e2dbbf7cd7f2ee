import Foundation
import Tensor

extension Communicator {
  /// Gives every rank the elements of all ranks.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - collective: what it is for.
  ///   - counts: how many elements each rank has.
  ///   - view: all elements in the order of ranks; this rank's are in place.
  /// - Throws: `Failure` if communication fails.
  package func allGather<Element>(
    _ collective: Collective, counts: [Int], in view: MemoryView<Element>
  ) throws(Failure) {
    begin(collective)
    var offset = 0
    var own = view[0..<0]
    for peer in 0..<size {
      let part = view[offset..<offset + counts[peer]]
      offset += counts[peer]
      if peer == rank { own = part } else { try receive(part, from: peer) }
    }
    for peer in 0..<size where peer != rank { try send(own, to: peer) }
    try complete()
  }

  /// Gives every rank the bytes of all ranks.
  ///
  /// **Ranks**: collective; the numbers of bytes may differ.
  ///
  /// - Parameters:
  ///   - bytes: this rank's bytes.
  ///   - collective: what it is for.
  /// - Returns: every rank's bytes.
  /// - Throws: `Failure` if communication fails.
  package func allGather(
    _ bytes: [UInt8], as collective: Collective = .agreement
  ) throws(Failure) -> [[UInt8]] {
    let lengths = MemoryView<Int64>(zeros: size)
    lengths[rank] = Int64(bytes.count)
    try allGather(collective, counts: [Int](repeating: 1, count: size), in: lengths)
    let counts = lengths.array.map { Int($0) }
    let all = MemoryView<UInt8>(zeros: counts.reduce(0, +))
    let start = counts[..<rank].reduce(0, +)
    all[start..<start + bytes.count].copy(from: MemoryView(bytes))
    try allGather(collective, counts: counts, in: all)
    var offset = 0
    return counts.map { count in
      defer { offset += count }
      return all[offset..<offset + count].array
    }
  }

  /// Gives every rank the values of all ranks, as JSON.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameter value: this rank's value.
  /// - Returns: every rank's value.
  /// - Throws: `Failure` if communication fails.
  package func allGather<Value: Codable>(_ value: Value) throws(Failure) -> [Value] {
    let bytes: [UInt8]
    do {
      bytes = Array(try JSONEncoder().encode(value))
    } catch {
      throw Failure(.internal, "cannot encode \(Value.self) for other ranks: \(error)")
    }
    let all = try allGather(bytes)
    do {
      return try all.map { try JSONDecoder().decode(Value.self, from: Data($0)) }
    } catch {
      throw Failure(.internal, "cannot decode \(Value.self) of another rank: \(error)")
    }
  }

  /// Gives every rank the elements of rank 0.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameter view: sent by rank 0, overwritten on the others; of the same count everywhere.
  /// - Throws: `Failure` if communication fails.
  func broadcast<Element>(_ view: MemoryView<Element>) throws(Failure) {
    begin(.broadcast)
    if rank == 0 {
      for peer in 1..<max(size, 1) { try send(view, to: peer) }
    } else {
      try receive(view, from: 0)
    }
    try complete()
  }

  /// Gives every rank the bytes of rank 0.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameter bytes: what rank 0 sends; ignored on the others.
  /// - Returns: rank 0's bytes.
  /// - Throws: `Failure` if communication fails.
  func broadcast(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
    let length = MemoryView<Int64>([Int64(bytes.count)])
    try broadcast(length)
    let view = rank == 0 ? MemoryView(bytes) : MemoryView<UInt8>(zeros: Int(length[0]))
    try broadcast(view)
    return view.array
  }

  /// Waits for all ranks.
  ///
  /// **Ranks**: collective.
  package func barrier() throws(Failure) {
    let marks = MemoryView<UInt8>(zeros: size)
    try allGather(.barrier, counts: [Int](repeating: 1, count: size), in: marks)
  }
}
