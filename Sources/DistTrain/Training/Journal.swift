import Tensor

/// Writes a run down on rank 0: logs, checkpoints and the final weights.
///
/// Rows and sums are functions of the iterations alone, so a resumed run writes the same bytes;
/// only `timing.csv` and the console know of seconds.
final class Journal {
  private let folder: RunFolder
  private let console: Console
  private let configuration: Configuration
  private let keep: Int
  private let ranks: Int
  private let trainLog: MetricLog
  private let evaluationLog: MetricLog
  private let timingLog: MetricLog
  private var trainSums: RunningSums
  private var evaluationSums: RunningSums
  private var stepSeconds = 0.0
  private var stepsTimed = 0

  /// Opens the logs, anew or to continue them after a checkpoint.
  ///
  /// - Parameters:
  ///   - folder: the run folder.
  ///   - console: where people read.
  ///   - configuration: the run's configuration.
  ///   - keep: how many checkpoints stay.
  ///   - ranks: how many ranks train.
  ///   - checkpoint: where the run continues, if it does.
  /// - Throws: `Failure` of kind inputOutput, or data if a log is not one.
  init(
    folder: RunFolder, console: Console, configuration: Configuration, keep: Int, ranks: Int,
    continuing checkpoint: Checkpoint?
  ) throws(Failure) {
    self.folder = folder
    self.console = console
    self.configuration = configuration
    self.keep = keep
    self.ranks = ranks
    let iteration = checkpoint?.iteration ?? 0
    trainLog = try MetricLog(
      folder.trainLogPath, columns: ["iteration", "epoch", "learning_rate", "loss", "error"],
      continuingAfter: iteration)
    evaluationLog = try MetricLog(
      folder.evaluationLogPath,
      columns: ["iteration", "epoch", "train_error", "test_loss", "test_error"],
      continuingAfter: iteration)
    timingLog = try MetricLog(
      folder.timingLogPath, columns: ["iteration", "ranks", "seconds", "images_per_second"],
      continuingAfter: iteration)
    trainSums = checkpoint?.trainSums ?? RunningSums()
    evaluationSums = checkpoint?.evaluationSums ?? RunningSums()
  }

  /// Writes down an iteration.
  ///
  /// - Parameters:
  ///   - result: what it lost.
  ///   - iteration: completed iterations, this one included.
  ///   - learningRate: its learning rate.
  ///   - seconds: how long it took.
  /// - Throws: `Failure` of kind inputOutput.
  func record(
    _ result: StepResult, iteration: Int, learningRate: Double, seconds: Double
  ) throws(Failure) {
    trainSums.add(result)
    evaluationSums.add(result)
    stepSeconds += seconds
    stepsTimed += 1
    if iteration % configuration.logEvery == 0 || iteration == configuration.iterations {
      try writeRow(iteration, learningRate)
    }
  }

  private func epoch(_ iteration: Int) -> Double {
    Double(iteration * configuration.globalBatch) / Double(configuration.trainImages)
  }

  private func writeRow(_ iteration: Int, _ learningRate: Double) throws(Failure) {
    let (loss, error) = trainSums.means(batch: configuration.globalBatch)
    try trainLog.append([
      "\(iteration)", "\(epoch(iteration))", "\(learningRate)", "\(loss)", "\(error)",
    ])
    let speed = Double(stepsTimed * configuration.globalBatch) / stepSeconds
    try timingLog.append(["\(iteration)", "\(ranks)", "\(stepSeconds)", "\(speed)"])
    let left =
      stepSeconds / Double(stepsTimed) * Double(configuration.iterations - iteration)
    try console.say(
      Progress.line(
        iteration: iteration, of: configuration.iterations, epoch: epoch(iteration), loss: loss,
        error: error, imagesPerSecond: speed, secondsLeft: left))
    trainSums = RunningSums()
    stepSeconds = 0
    stepsTimed = 0
  }

  /// Writes down an evaluation.
  ///
  /// - Parameters:
  ///   - result: what it found.
  ///   - iteration: completed iterations.
  /// - Throws: `Failure` of kind inputOutput.
  func record(_ result: EvaluationResult, iteration: Int) throws(Failure) {
    let trainError = evaluationSums.means(batch: configuration.globalBatch).error
    try evaluationLog.append([
      "\(iteration)", "\(epoch(iteration))", "\(trainError)", "\(result.loss)", "\(result.error)",
    ])
    try console.say(
      Progress.line(evaluation: result, iteration: iteration, trainError: trainError))
    evaluationSums = RunningSums()
  }

  /// Writes a checkpoint.
  ///
  /// - Parameter trainer: its state is stored.
  /// - Throws: `Failure` of kind data if a weight is not finite, or inputOutput.
  func writeCheckpoint(_ trainer: Trainer) throws(Failure) {
    let network = trainer.network
    let momentum = network.layout.parameters.map {
      NamedTensor(name: $0.name, shape: $0.shape, values: $0.load(from: trainer.momentum))
    }
    let tensors = network.namedTensors
    for tensor in tensors + momentum where !tensor.values.allSatisfy(\.isFinite) {
      throw Failure(
        .data,
        "\(tensor.name) is not finite after iteration \(trainer.iteration); lower --lr, or warm up "
          + "with --warmup-lr and --warmup-iterations")
    }
    try folder.write(
      Checkpoint(
        iteration: trainer.iteration, tensors: tensors, momentum: momentum, trainSums: trainSums,
        evaluationSums: evaluationSums, metadata: configuration.fileMetadata),
      keep: keep)
  }

  /// Writes the final weights.
  ///
  /// - Parameters:
  ///   - trainer: its network is stored.
  ///   - normalizer: its constants are stored.
  /// - Throws: `Failure` of kind inputOutput.
  func writeModel(_ trainer: Trainer, normalizer: Normalizer) throws(Failure) {
    let content = Safetensors(
      tensors: trainer.network.namedTensors + normalizer.tensors,
      metadata: configuration.fileMetadata)
    try Files.replace(folder.modelPath, with: try content.encoded())
  }
}

extension RunningSums {
  /// Adds an iteration.
  mutating func add(_ result: StepResult) {
    loss += result.loss
    errors += result.errors
    iterations += 1
  }

  /// Mean loss and error per iteration.
  func means(batch: Int) -> (loss: Double, error: Double) {
    (loss / Double(iterations), Double(errors) / Double(iterations * batch))
  }
}
