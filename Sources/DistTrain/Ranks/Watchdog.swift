import Foundation

/// What a communicator tells the outside while it waits.
public struct WaitReporter: Sendable {
  /// Called with a line about a long wait that is no hang.
  public var notice: @Sendable (String) -> Void
  /// Called with the watchdog's line, or nil where another rank has told it; ends the process, since a
  /// rank that hangs leaves no other way.
  public var end: @Sendable (String?) -> Never

  /// Makes a reporter.
  ///
  /// - Parameters:
  ///   - notice: called with a line about a long wait that is no hang.
  ///   - end: called with the watchdog's line, or nil where another rank has told it; ends the
  ///     process.
  public init(
    notice: @escaping @Sendable (String) -> Void, end: @escaping @Sendable (String?) -> Never
  ) {
    self.notice = notice
    self.end = end
  }
}

/// Says what one rank waits for, and ends its process.
struct Speaker: Sendable {
  let reporter: WaitReporter
  let rank: Int
  let host: String
  let iteration: Int

  /// Reports who was not heard from and ends this process; a peer that hangs leaves no other way.
  func end(_ what: String, after seconds: Double, missing: String) -> Never {
    reporter.end(
      "watchdog: rank \(rank) on \(host): iteration \(iteration), \(what) waited "
        + "\(Int(seconds)) s; not heard from: \(missing)")
  }

  /// Ends this process where MPI hangs as it starts or ends, if it is this rank's turn to speak.
  ///
  /// Ranks cannot talk then, so they take turns of four seconds: the first that speaks makes the
  /// launcher end the others. Where a rank of this host is seen halted, its first awake one speaks at
  /// once; if none is, another host may see more, and ranks wait three seconds longer.
  ///
  /// - Parameters:
  ///   - what: what MPI does.
  ///   - seconds: how long it has taken.
  ///   - timeout: seconds after which one may speak.
  func look(_ what: String, after seconds: Double, timeout: Double) {
    let ranks = HostRanks()
    let isSeen = !ranks.halted.isEmpty
    let turn = isSeen ? ranks.turn(of: rank, localRank: RankEnvironment.localRank) : rank
    guard seconds > timeout + (isSeen ? 0 : 3) + 4 * Double(min(turn, 2)) else { return }
    let names = ranks.halted.map(String.init).joined(separator: ",")
    end(what, after: seconds, missing: isSeen ? names : "unknown")
  }
}

/// How long this process has been waiting, without the time in which it did not run itself.
///
/// Where all ranks are stopped and go on, or a machine sleeps, each sees one long gap between two
/// looks at the clock; of a gap only a moment counts.
package struct Patience {
  private static let longestGap = 0.25
  private var last = monotonicSeconds()
  /// Seconds waited so far.
  package private(set) var seconds = 0.0

  /// Begins to wait.
  package init() {}

  /// Looks at the clock.
  package mutating func look() {
    let now = monotonicSeconds()
    seconds += min(now - last, Self.longestGap)
    last = now
  }

  /// Runs something that cannot be polled, and calls a handler once it takes too long, again and again.
  ///
  /// - Parameters:
  ///   - limit: after how many seconds.
  ///   - expired: called on another thread, with the seconds, until the body returns.
  ///   - body: what may hang.
  /// - Returns: what the body returned.
  /// - Throws: what the body throws.
  package static func limited<Value, Reason: Error>(
    to limit: Double, expired: @escaping @Sendable (Double) -> Void,
    _ body: () throws(Reason) -> Value
  ) throws(Reason) -> Value {
    let end = EndOfWait()
    Thread {
      var patience = Patience()
      while !end.comes(within: 0.2) {
        patience.look()
        if patience.seconds > limit { expired(patience.seconds) }
      }
    }.start()
    defer { end.signal() }
    return try body()
  }
}

/// Lets one thread wait for another to be done.
private final class EndOfWait: @unchecked Sendable {
  private let condition = NSCondition()
  private var isDone = false

  func signal() {
    condition.withLock {
      isDone = true
      condition.signal()
    }
  }

  func comes(within seconds: Double) -> Bool {
    condition.withLock {
      if !isDone { _ = condition.wait(until: Date(timeIntervalSinceNow: seconds)) }
      return isDone
    }
  }
}

/// Seconds of a clock that only goes forward.
package func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}
