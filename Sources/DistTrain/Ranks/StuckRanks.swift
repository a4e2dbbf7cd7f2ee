import CMPI
import Tensor

/// Finds out which of the ranks that wait too long knows best whom for.
///
/// A rank that hangs may have sent its part of a collective to some ranks already. These wait in a
/// later one, for all who wait in the earlier. So the first rank at the end of its patience tells the
/// others how many collectives it has come to, those that wait answer, and the one that has come
/// least far speaks for all, which it tells them too: the launcher may not reach those beyond a cut
/// link, where each side has a speaker.
final class StuckRanks {
  /// Seconds in which ranks hear of each other.
  private static let hearing = 2.0
  /// Seconds after which a rank speaks although it is another's turn.
  private static let fallback = 12.0
  /// What a rank says when its wait has ended after all.
  private static let released: Int64 = -1
  /// What a rank says when it has spoken and ends.
  private static let spoken: Int64 = -2

  private let rank: Int
  /// The number of the collective that each rank says it is stuck in; nil where it is not.
  private var sequences: [Int?]
  /// How long this rank had waited when it said so.
  private var toldAt: Double?
  private var hasNoticed = false
  /// Whether another rank has spoken.
  private(set) var isTold = false
  /// What was sent; never waited for, since messages so small leave at once.
  private var reports: [MemoryView<Int64>] = []

  /// Makes the reports of a rank.
  init(rank: Int, size: Int) {
    self.rank = rank
    sequences = [Int?](repeating: nil, count: size)
  }

  /// Ends a wait: the others are told where they were told of it.
  func release() {
    hasNoticed = false
    if toldAt == nil { return }
    toldAt = nil
    sequences[rank] = nil
    tell(Self.released)
  }

  /// Calls a body the first time during a wait.
  func noticeOnce(_ body: () -> Void) {
    if !hasNoticed { body() }
    hasNoticed = true
  }

  /// Whether another rank is stuck, as far as is known by now.
  func isAnotherStuck() -> Bool {
    listen()
    return sequences.indices.contains { $0 != rank && sequences[$0] != nil }
  }

  /// Whether this rank, which is stuck, is the one to speak.
  ///
  /// - Parameters:
  ///   - seconds: how long it has waited.
  ///   - sequence: the number of the collective that it is stuck in.
  /// - Returns: whether no other rank is known that has come less far.
  func isTurn(after seconds: Double, sequence: Int) -> Bool {
    let start = toldAt ?? seconds
    if toldAt == nil {
      toldAt = seconds
      sequences[rank] = sequence
      tell(Int64(sequence))
    }
    listen()
    if seconds - start > Self.fallback { return true }
    let first = sequences.indices.min {
      (sequences[$0] ?? .max, $0) < (sequences[$1] ?? .max, $1)
    }
    return seconds - start > Self.hearing && first == rank
  }

  /// Tells the others that this rank speaks, so that they end without a line.
  func speak() { tell(Self.spoken) }

  private func tell(_ sequence: Int64) {
    let report = MemoryView<Int64>([sequence])
    reports.append(report)
    for peer in sequences.indices where peer != rank {
      var request = cmpi_request()
      _ = cmpi_send(
        report.base, CInt(MemoryLayout<Int64>.size), CInt(peer), CInt(Collective.reportTag),
        &request)
    }
  }

  /// Takes what has come; messages of a rank keep their order, so its last one counts.
  private func listen() {
    while true {
      var sequence: Int64 = 0
      var isThere: CInt = 0
      var peer: CInt = 0
      let code = cmpi_take(
        &sequence, CInt(MemoryLayout<Int64>.size), CInt(Collective.reportTag), &isThere, &peer)
      if code != cmpi_success() || isThere == 0 { return }
      if sequence == Self.spoken {
        isTold = true
      } else {
        sequences[Int(peer)] = sequence == Self.released ? nil : Int(sequence)
      }
    }
  }
}
