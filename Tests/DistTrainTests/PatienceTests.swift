import Foundation
import Testing

import DistTrain

@Suite struct PatienceTests {
  /// As where a process is stopped, or a machine sleeps.
  @Test func aGapInWhichTheProcessDidNotRunCountsAsAMoment() {
    var patience = Patience()
    usleep(1_500_000)
    patience.look()
    #expect(patience.seconds > 0 && patience.seconds < 0.5)
  }

  @Test func timeThatIsLookedAtCounts() {
    var patience = Patience()
    let start = monotonicSeconds()
    while patience.seconds < 0.3 { patience.look() }
    #expect(monotonicSeconds() - start > 0.299)
  }

  @Test func whatTakesTooLongIsToldWhileItStillHangs() async {
    let expiries = Expiries()
    let value = Patience.limited(to: 0.1, expired: { _ in expiries.add() }) {
      while expiries.count == 0 { usleep(10_000) }
      return 5
    }
    #expect(value == 5 && expiries.count == 1)
    // What ends in time is not told, then or later.
    Patience.limited(to: 0.5, expired: { _ in expiries.add() }) {}
    usleep(1_000_000)
    #expect(expiries.count == 1)
  }

  @Test func aFailureOfWhatIsWatchedIsPassedOn() {
    #expect(throws: Failure(.data, "x")) {
      try Patience.limited(to: 60, expired: { _ in }) { () throws(Failure) in
        throw Failure(.data, "x")
      }
    }
  }
}

private final class Expiries: @unchecked Sendable {
  private let lock = NSLock()
  private var value = 0
  var count: Int { lock.withLock { value } }
  func add() { lock.withLock { value += 1 } }
}
