import Tensor

/// Writes a run down on rank 0: logs, checkpoints and weights.
///
/// Rows and sums are functions of the iterations alone, so a resumed run writes the same bytes;
/// only `timing.csv`, what continues it, and the console know of seconds.
final class Journal {
  private let folder: RunFolder
  private let console: Console
  private let configuration: Configuration
  private let normalizer: Normalizer
  private let keep: Int
  private let ranks: Int
  private let logs: RunLogs
  private var trainSums: RunningSums
  private var evaluationSums: RunningSums
  private var timing: StepTiming
  private var leastError: Double?

  /// Opens the logs, anew or to continue them after a checkpoint.
  ///
  /// - Parameters:
  ///   - folder: the run folder.
  ///   - console: where people read.
  ///   - configuration: the run's configuration.
  ///   - normalizer: how its images are normalised, which files of weights say.
  ///   - keep: how many checkpoints stay.
  ///   - ranks: how many ranks train.
  ///   - checkpoint: where the run continues, if it does.
  /// - Throws: `Failure` of kind inputOutput, or data if a log is not one or not whole.
  init(
    folder: RunFolder, console: Console, configuration: Configuration, normalizer: Normalizer,
    keep: Int, ranks: Int, continuing checkpoint: Checkpoint?
  ) throws(Failure) {
    self.folder = folder
    self.console = console
    self.configuration = configuration
    self.normalizer = normalizer
    self.keep = keep
    self.ranks = ranks
    logs = try RunLogs(folder, configuration, continuing: checkpoint)
    trainSums = checkpoint?.trainSums ?? RunningSums()
    evaluationSums = checkpoint?.evaluationSums ?? RunningSums()
    timing = logs.unfinishedTiming(at: checkpoint?.iteration ?? 0)
    leastError = logs.leastError
  }

  /// Says a line.
  func say(_ line: String) throws(Failure) { try console.say(line) }

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
    timing.add(seconds)
    if configuration.trainLogSchedule.isDue(iteration) {
      try writeRow(iteration, learningRate)
    }
  }

  private func epoch(_ iteration: Int) -> Double {
    Double(iteration * configuration.globalBatch) / Double(configuration.trainImages)
  }

  private func writeRow(_ iteration: Int, _ learningRate: Double) throws(Failure) {
    let (loss, error) = trainSums.means(batch: configuration.globalBatch)
    try logs.train.append(
      TrainRow(
        iteration: iteration, epoch: epoch(iteration), learningRate: learningRate, loss: loss,
        error: error))
    let speed = timing.imagesPerSecond(batch: configuration.globalBatch)
    try logs.timing.append(
      TimingRow(
        iteration: iteration, ranks: ranks, seconds: timing.seconds, imagesPerSecond: speed))
    let left = Double((configuration.iterations - iteration) * configuration.globalBatch) / speed
    try console.say(
      Progress.line(
        iteration: iteration, of: configuration.iterations, epoch: epoch(iteration), loss: loss,
        error: error, imagesPerSecond: speed, secondsLeft: left))
    trainSums = RunningSums()
    timing = StepTiming()
  }

  /// Writes down an evaluation: its rows, and the weights if they are the best so far.
  ///
  /// - Parameters:
  ///   - result: what it found.
  ///   - trainer: what was evaluated.
  /// - Throws: `Failure` of kind inputOutput.
  func record(_ result: EvaluationResult, _ trainer: Trainer) throws(Failure) {
    let iteration = trainer.iteration
    if result.error < leastError ?? .infinity {
      try writeWeights(trainer, to: folder.bestModelPath)
      leastError = result.error
    }
    let trainError = evaluationSums.means(batch: configuration.globalBatch).error
    try logs.evaluation.append(
      EvaluationRow(
        iteration: iteration, epoch: epoch(iteration), trainError: trainError,
        testLoss: result.loss, testError: result.error))
    try logs.hashes.append(
      HashRow(iteration: iteration, weightsDigest: trainer.network.weightsDigest))
    try console.say(
      Progress.line(
        evaluation: result, isHeldOut: configuration.holdsOut, iteration: iteration,
        trainError: trainError))
    evaluationSums = RunningSums()
  }

  /// Writes a checkpoint, once the rows that lead to it are on the disk.
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
    try logs.synchronize(unfinished: timing, iteration: trainer.iteration)
    try folder.checkpoints.write(
      Checkpoint(
        iteration: trainer.iteration, tensors: tensors, momentum: momentum, trainSums: trainSums,
        evaluationSums: evaluationSums, configurationDigest: try configuration.digest(),
        metadata: configuration.fileMetadata),
      of: configuration, keep: keep)
  }

  /// Writes the final weights.
  ///
  /// - Parameter trainer: its network is stored.
  /// - Throws: `Failure` of kind inputOutput.
  func writeModel(_ trainer: Trainer) throws(Failure) {
    try writeWeights(trainer, to: folder.modelPath)
  }

  private func writeWeights(_ trainer: Trainer, to path: String) throws(Failure) {
    var metadata = configuration.fileMetadata
    metadata["iteration"] = String(trainer.iteration)
    let content = Safetensors(
      tensors: trainer.network.namedTensors + normalizer.tensors, metadata: metadata)
    try Files.replace(path, with: try content.encoded())
  }
}
