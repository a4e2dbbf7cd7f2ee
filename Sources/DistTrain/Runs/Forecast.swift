import Foundation

/// When a training will end.
struct Forecast {
  /// Steps of a start after which its speed is known.
  private static let steps = 20

  private let configuration: Configuration
  private let end: Int
  private let deadline: Deadline?
  private var timeLeft: TimeLeft
  private var completed = 0

  /// Makes a forecast.
  ///
  /// - Parameters:
  ///   - configuration: the run's.
  ///   - end: the last iteration of this training.
  ///   - deadline: when it is stopped before that, if it is.
  init(_ configuration: Configuration, end: Int, deadline: Deadline?) {
    self.configuration = configuration
    self.end = end
    self.deadline = deadline
    timeLeft = TimeLeft(configuration, end: end)
  }

  /// Seconds of the last evaluation; nil before the first.
  var evaluationSeconds: Double? {
    get { timeLeft.evaluationSeconds }
    set { timeLeft.evaluationSeconds = newValue }
  }

  /// Estimates the seconds that are left.
  func secondsLeft(after iteration: Int, _ recent: RecentSteps) -> Double {
    timeLeft.seconds(after: iteration, secondsPerStep: recent.seconds)
  }

  /// What is to be said after a step: once, when the speed is known, how fast it goes and until when.
  mutating func line(after iteration: Int, _ recent: RecentSteps) -> String? {
    completed += 1
    if completed != Self.steps || iteration == end { return nil }
    let seconds = secondsLeft(after: iteration, recent)
    let date = Date(timeIntervalSinceNow: seconds)
    let speed = Double(configuration.globalBatch) / recent.seconds
    let text = String(format: "%.0f images/s after %d steps; ", speed, completed)
    if let deadline, deadline.date < date {
      return text + "--time-limit ends it \(Progress.clockTime(deadline.date))"
    }
    let what = end == configuration.iterations ? "done" : "iteration \(end)"
    return text + "\(what) about \(Progress.clockTime(date)), in \(Progress.duration(seconds))"
  }
}
