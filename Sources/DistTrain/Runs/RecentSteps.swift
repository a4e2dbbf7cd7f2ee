import ResNet

/// The last steps of a run, whose means people follow.
struct RecentSteps {
  private static let most = 50
  private var steps: [(metrics: Metrics, seconds: Double)] = []
  private var oldest = 0

  init() { steps.reserveCapacity(Self.most) }

  /// Adds a step, in place of the oldest where there are many.
  mutating func add(_ metrics: Metrics, seconds: Double) {
    if steps.count < Self.most {
      steps.append((metrics, seconds))
    } else {
      steps[oldest] = (metrics, seconds)
      oldest = (oldest + 1) % Self.most
    }
  }

  /// Whether there was no step yet.
  var isEmpty: Bool { steps.isEmpty }
  /// The mean of the steps' mean losses.
  var loss: Double { mean { $0.metrics.loss } }
  /// The fraction of images that were classified wrongly.
  var error: Double { mean { $0.metrics.error } }
  /// Seconds of a step.
  var seconds: Double { mean(\.seconds) }

  private func mean(_ value: ((metrics: Metrics, seconds: Double)) -> Double) -> Double {
    steps.reduce(0) { $0 + value($1) } / Double(steps.count)
  }
}
