/// How long a run still takes: its steps, and the evaluations among them.
package struct TimeLeft {
  /// A forward pass is about a third of a step.
  private static let evaluationCost = 1.0 / 3

  private let schedule: LogSchedule
  private let end: Int
  /// Steps whose images an evaluation has, measured by their number.
  private let evaluationSteps: Double
  /// Seconds of the last evaluation; nil before the first.
  package var evaluationSeconds: Double?

  /// Makes an estimate.
  ///
  /// - Parameters:
  ///   - configuration: decides what an evaluation is, and when there is one.
  ///   - end: the last iteration of this training.
  package init(_ configuration: Configuration, end: Int) {
    schedule = configuration.evaluationSchedule
    self.end = end
    evaluationSteps = Double(configuration.evaluatedImages) / Double(configuration.globalBatch)
  }

  /// Estimates the seconds that are left.
  ///
  /// - Parameters:
  ///   - iteration: completed iterations.
  ///   - secondsPerStep: how long the last steps took.
  /// - Returns: seconds, of steps and evaluations.
  package func seconds(after iteration: Int, secondsPerStep: Double) -> Double {
    let evaluation = evaluationSeconds ?? evaluationSteps * secondsPerStep * Self.evaluationCost
    return Double(end - iteration) * secondsPerStep
      + Double(schedule.count(after: iteration, through: end)) * evaluation
  }
}
