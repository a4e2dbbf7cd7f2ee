import ResNet

/// Writes a run down on rank 0: logs, checkpoints and weights.
///
/// Rows and sums are functions of the iterations alone, so a resumed run writes the same bytes;
/// only `timing.csv`, what continues it, and the console know of seconds.
final class Journal {
  private let trainer: Trainer
  private let folder: RunFolder
  private let console: Console
  private let keep: Int
  private let ranks: Int
  private let logs: RunLogs
  private let observer: (any LogObserver)?
  private var trainSums: RunningSums
  private var evaluationSums: RunningSums
  private var timing: StepTiming
  private var leastError: Double?
  private let begin: Int
  private var forecast: Forecast
  private var recent = RecentSteps()
  private var progress: TrainingProgress

  /// Opens the logs, anew or to continue them after a checkpoint.
  ///
  /// - Parameters:
  ///   - trainer: what is written down.
  ///   - folder: the run folder.
  ///   - console: where people read.
  ///   - keep: how many checkpoints stay.
  ///   - ranks: how many ranks train.
  ///   - start: what the training starts from.
  ///   - forecast: says when it will end.
  ///   - makeObserver: makes who is told of rows, of those of the checkpoint's iteration again.
  /// - Throws: `Failure` of kind inputOutput, or data if a log is not one or not whole.
  init(
    of trainer: Trainer, in folder: RunFolder, console: Console, keep: Int, ranks: Int,
    from start: StartingPoint, forecast: Forecast,
    observer makeObserver: () throws(Failure) -> (any LogObserver)? = { nil }
  ) throws(Failure) {
    self.trainer = trainer
    self.folder = folder
    self.console = console
    self.keep = keep
    self.ranks = ranks
    self.forecast = forecast
    logs = try RunLogs(folder, trainer.configuration, continuing: start.ownCheckpoint)
    begin = start.begin
    trainSums = start.checkpoint?.trainSums ?? RunningSums()
    evaluationSums = start.checkpoint?.evaluationSums ?? RunningSums()
    timing = logs.unfinishedTiming(at: start.iteration)
    leastError = logs.leastError
    progress = TrainingProgress(
      iteration: start.iteration, iterations: trainer.configuration.iterations,
      testError: logs.evaluation.rows.last?.testError, bestTestError: leastError,
      isHeldOut: trainer.configuration.holdsOut)
    observer = try makeObserver()
    for row in logs.train.rows.suffix(1) where row.iteration == start.iteration {
      try observer?.record(row)
    }
    for row in logs.evaluation.rows.suffix(1) where row.iteration == start.iteration {
      try observer?.record(row)
    }
  }

  /// How many ranks trained last; nil where the run has no row of that.
  var ranksBefore: Int? { logs.timing.rows.last?.ranks }

  private var configuration: Configuration { trainer.configuration }
  private var iteration: Int { trainer.state.iteration }

  /// Says a line.
  func say(_ line: String) throws(Failure) { try console.say(line) }

  /// Writes down the iteration that was just completed.
  ///
  /// - Parameters:
  ///   - result: what it found and did.
  ///   - seconds: how long it took.
  /// - Throws: `Failure` of kind inputOutput.
  func record(_ result: StepResult, seconds: Double) throws(Failure) {
    trainSums.add(result.metrics)
    evaluationSums.add(result.metrics)
    timing.add(seconds)
    recent.add(result.metrics, seconds: seconds)
    if configuration.trainLogSchedule.isDue(iteration) { try writeRow(result.learningRate) }
    if let line = forecast.line(after: iteration, recent) { try console.say(line) }
    show(learningRate: result.learningRate)
  }

  /// Shows where the training is.
  private func show(learningRate: Double) {
    progress.iteration = iteration
    progress.epoch = epoch
    progress.learningRate = learningRate
    progress.loss = recent.loss
    progress.error = recent.error
    progress.imagesPerSecond = Double(configuration.globalBatch) / recent.seconds
    progress.secondsLeft = forecast.secondsLeft(after: iteration, recent)
    console.show(progress)
  }

  /// Shows which part of an evaluation is done.
  func showEvaluation(_ part: Double) {
    progress.evaluated = part
    console.show(progress)
  }

  private var epoch: Double {
    Double(iteration * configuration.globalBatch) / Double(configuration.trainImages)
  }

  private func writeRow(_ learningRate: Double) throws(Failure) {
    let (loss, error) = trainSums.means(batch: configuration.globalBatch)
    let row = TrainRow(
      iteration: iteration, epoch: epoch, learningRate: learningRate, loss: loss, error: error)
    try logs.train.append(row)
    try observer?.record(row)
    let speed = timing.imagesPerSecond(batch: configuration.globalBatch)
    try logs.timing.append(
      TimingRow(
        iteration: iteration, ranks: ranks, seconds: timing.seconds, imagesPerSecond: speed))
    try console.row(
      Progress.line(
        iteration: iteration, of: configuration.iterations, epoch: epoch, loss: loss,
        error: error, imagesPerSecond: speed,
        secondsLeft: forecast.secondsLeft(after: iteration, recent)))
    trainSums = RunningSums()
    timing = StepTiming()
  }

  /// Writes down an evaluation: its rows, and the weights if they are the best so far.
  ///
  /// - Parameters:
  ///   - metrics: what it found.
  ///   - seconds: how long it took.
  /// - Throws: `Failure` of kind inputOutput.
  func record(_ metrics: Metrics, seconds: Double) throws(Failure) {
    if metrics.error < leastError ?? .infinity {
      try trainer.weights.write(to: folder.bestModelPath)
      leastError = metrics.error
    }
    let trainError = evaluationSums.means(batch: configuration.globalBatch).error
    let row = EvaluationRow(
      iteration: iteration, epoch: epoch, trainError: trainError, testLoss: metrics.loss,
      testError: metrics.error)
    try logs.evaluation.append(row)
    try observer?.record(row)
    try logs.hashes.append(
      HashRow(iteration: iteration, weightsDigest: trainer.network.weightsDigest))
    try console.say(
      Progress.line(
        evaluation: metrics, isHeldOut: configuration.holdsOut, iteration: iteration,
        trainError: trainError))
    evaluationSums = RunningSums()
    forecast.evaluationSeconds = seconds
    progress.testError = metrics.error
    progress.bestTestError = leastError
    progress.evaluated = nil
  }

  /// Writes a checkpoint, once the rows that lead to it are on the disk.
  ///
  /// - Throws: `Failure` of kind data if a weight is not finite, or inputOutput.
  func writeCheckpoint() throws(Failure) {
    let tensors = trainer.state.tensors
    for tensor in tensors where !tensor.values.allSatisfy(\.isFinite) {
      throw Failure(
        .data,
        "\(tensor.name) is not finite after iteration \(iteration); lower --lr, or warm up with "
          + "--warmup-lr and --warmup-iterations")
    }
    try logs.synchronize(unfinished: timing, iteration: iteration)
    try observer?.synchronize()
    try folder.checkpoints.write(
      Checkpoint(
        iteration: iteration, begin: begin, tensors: tensors, trainSums: trainSums,
        evaluationSums: evaluationSums, configurationDigest: try configuration.digest(),
        metadata: configuration.fileMetadata),
      of: configuration, keep: keep)
  }

  /// Writes the final weights.
  ///
  /// - Throws: `Failure` of kind inputOutput.
  func writeModel() throws(Failure) { try trainer.weights.write(to: folder.modelPath) }
}
