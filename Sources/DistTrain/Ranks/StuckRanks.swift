import CMPI
import Tensor

/// Finds out which of the ranks that have waited too long knows best whom for.
///
/// A rank that hangs may have sent its part of a collective to some ranks already. These wait in a
/// later one, for all who wait in the earlier. So ranks at the end of their patience tell each other
/// how many collectives they have come to, and the one that has come least far speaks for all.
final class StuckRanks {
  /// Seconds in which ranks hear of each other.
  private static let hearing = 2.0
  /// Seconds after which a rank speaks although it is another's turn.
  private static let fallback = 12.0

  private let rank: Int
  /// The number of the collective that each rank says it is stuck in; nil where it is not.
  private var sequences: [Int?]
  private var hasTold = false
  private var hasNoticed = false
  /// What was sent; never waited for, since the process is about to end.
  private var reports: [MemoryView<Int64>] = []

  /// Makes the reports of a rank.
  init(rank: Int, size: Int) {
    self.rank = rank
    sequences = [Int?](repeating: nil, count: size)
  }

  /// Forgets a wait that has ended after all.
  func forget() {
    if !hasTold && !hasNoticed { return }
    hasTold = false
    hasNoticed = false
    for peer in sequences.indices { sequences[peer] = nil }
  }

  /// Calls a body the first time during a wait.
  func noticeOnce(_ body: () -> Void) {
    if !hasNoticed { body() }
    hasNoticed = true
  }

  /// Whether this rank is the one to speak.
  ///
  /// - Parameters:
  ///   - seconds: since the end of its patience.
  ///   - sequence: the number of the collective that it is stuck in.
  /// - Returns: whether no other rank is known that has come less far.
  func isTurn(after seconds: Double, sequence: Int) -> Bool {
    if !hasTold { tell(sequence) }
    hasTold = true
    listen()
    if seconds > Self.fallback { return true }
    let first = sequences.indices.min {
      (sequences[$0] ?? .max, $0) < (sequences[$1] ?? .max, $1)
    }
    return seconds > Self.hearing && first == rank
  }

  private func tell(_ sequence: Int) {
    sequences[rank] = sequence
    let report = MemoryView<Int64>([Int64(sequence)])
    reports.append(report)
    for peer in sequences.indices where peer != rank {
      var request = cmpi_request()
      _ = cmpi_send(
        report.base, CInt(MemoryLayout<Int64>.size), CInt(peer), CInt(Collective.reportTag),
        &request)
    }
  }

  private func listen() {
    while true {
      var sequence: Int64 = 0
      var isThere: CInt = 0
      var peer: CInt = 0
      let code = cmpi_take(
        &sequence, CInt(MemoryLayout<Int64>.size), CInt(Collective.reportTag), &isThere, &peer)
      if code != cmpi_success() || isThere == 0 { return }
      sequences[Int(peer)] = Int(sequence)
    }
  }
}
