import Foundation

/// When `--time-limit` ends a training.
struct Deadline {
  private let end: Double
  /// The same by the clock on the wall.
  let date: Date

  /// Makes a deadline.
  ///
  /// - Parameter minutes: minutes from now.
  init(minutes: Double) {
    end = monotonicSeconds() + 60 * minutes
    date = Date(timeIntervalSinceNow: 60 * minutes)
  }

  /// Whether it is past.
  var isOver: Bool { monotonicSeconds() >= end }
}
