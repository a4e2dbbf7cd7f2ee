import Foundation

/// How long the steps since a row of `timing.csv` took.
package struct StepTiming: Equatable {
  /// Seconds of all of them.
  package var seconds = 0.0
  /// Steps.
  package var steps = 0

  /// Nothing.
  package init() {}

  /// Reads what ``RunLogs/synchronize(unfinished:iteration:)`` noted at a checkpoint.
  ///
  /// - Parameters:
  ///   - notes: the file.
  ///   - iteration: the checkpoint's; nothing is known of it where it has no sound note.
  package init(noted notes: [UInt8], at iteration: Int) {
    let lines = notes.split(separator: UInt8(ascii: "\n")).map {
      String(decoding: $0, as: UTF8.self).split(separator: ",").map(String.init)
    }
    guard let fields = lines.last(where: { $0.first == String(iteration) }), fields.count == 3,
      let seconds = Double(fields[1]), (0...TimingRow.mostSeconds).contains(seconds),
      let steps = Int(fields[2]), (0...iteration).contains(steps)
    else { return }
    self.seconds = seconds
    self.steps = steps
  }

  /// Adds a step.
  mutating func add(_ seconds: Double) {
    self.seconds += seconds
    steps += 1
  }

  /// The rate of training.
  func imagesPerSecond(batch: Int) -> Double { Double(steps * batch) / seconds }
}

/// The logs of a run, each with the rows that its schedule says.
struct RunLogs {
  /// Losses and errors of training.
  let train: MetricLog<TrainRow>
  /// Losses and errors on images that were not trained on.
  let evaluation: MetricLog<EvaluationRow>
  /// The digest of the weights at each evaluation.
  let hashes: MetricLog<HashRow>
  /// Seconds and rates.
  let timing: MetricLog<TimingRow>
  private let unfinishedTimingPath: String

  /// Opens the logs, anew or to continue them after a checkpoint; all or none.
  ///
  /// - Parameters:
  ///   - folder: the run folder.
  ///   - configuration: the run's configuration.
  ///   - checkpoint: where the run continues, if it does.
  /// - Throws: `Failure` of kind inputOutput, or data if a log is not one or not whole.
  init(
    _ folder: RunFolder, _ configuration: Configuration, continuing checkpoint: Checkpoint?
  ) throws(Failure) {
    let iteration = checkpoint?.iteration ?? 0
    let begin = checkpoint?.begin ?? 0
    // A checkpoint that was written in place of an evaluation still has that one before it.
    let isPending = checkpoint?.isEvaluationPending(configuration) ?? false
    let evaluated = isPending ? iteration - 1 : iteration
    train = try MetricLog(
      folder.trainLogPath, schedule: configuration.trainLogSchedule, beganAfter: begin,
      continuingAfter: iteration)
    evaluation = try MetricLog(
      folder.evaluationLogPath, schedule: configuration.evaluationSchedule, beganAfter: begin,
      continuingAfter: evaluated)
    hashes = try MetricLog(
      folder.hashLogPath, schedule: configuration.evaluationSchedule, beganAfter: begin,
      continuingAfter: evaluated)
    timing = try MetricLog(
      folder.timingLogPath, schedule: configuration.trainLogSchedule, beganAfter: begin,
      continuingAfter: iteration)
    unfinishedTimingPath = folder.unfinishedTimingPath
    try train.open()
    try evaluation.open()
    try hashes.open()
    try timing.open()
    if checkpoint == nil { unlink(unfinishedTimingPath) }
  }

  /// The least test error so far.
  var leastError: Double? { evaluation.rows.map(\.testError).min() }

  /// Waits until all rows are on the disk, and notes the timing that no row has yet.
  ///
  /// - Parameters:
  ///   - unfinished: the steps since the last row of ``timing``.
  ///   - iteration: completed iterations.
  /// - Throws: `Failure` of kind inputOutput.
  func synchronize(unfinished: StepTiming, iteration: Int) throws(Failure) {
    try train.synchronize()
    try evaluation.synchronize()
    try hashes.synchronize()
    try timing.synchronize()
    try Files.append(
      "\(iteration),\(unfinished.seconds),\(unfinished.steps)\n", to: unfinishedTimingPath)
  }

  /// The timing that no row had at a checkpoint; of nothing where it was not noted.
  func unfinishedTiming(at iteration: Int) -> StepTiming {
    StepTiming(
      noted: (try? Files.read(unfinishedTimingPath, remedy: "")) ?? [], at: iteration)
  }
}

extension Configuration {
  /// When `train.csv` and `timing.csv` have a row.
  var trainLogSchedule: LogSchedule { LogSchedule(every: self.logEvery, last: self.iterations) }
  /// When the network is evaluated.
  var evaluationSchedule: LogSchedule {
    LogSchedule(every: self.evaluateEvery, last: self.iterations)
  }
}

extension Checkpoint {
  /// Whether the evaluation after its iteration is still to come: a signal stopped the run before.
  func isEvaluationPending(_ configuration: Configuration) -> Bool {
    evaluationSums.iterations > 0 && configuration.evaluationSchedule.isDue(iteration)
  }
}
