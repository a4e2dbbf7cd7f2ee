import Foundation
import Logging
import ResNet
import Tensor

/// A whole training from its request to the final hash line.
///
/// Start-up is a row of stages that all ranks pass or fail together; then the loop reads as the
/// algorithm does.
public struct TrainingRun {
  private let request: TrainingRequest
  private let communicator: Communicator
  private let logger: Logger

  /// Makes a run.
  ///
  /// - Parameters:
  ///   - request: what to train.
  ///   - communicator: the ranks.
  public init(_ request: TrainingRequest, communicator: Communicator) {
    self.request = request
    self.communicator = communicator
    var logger = Logger(label: "disttrain")
    logger[metadataKey: "rank"] = "\(communicator.rank)"
    self.logger = logger
  }

  private var isLeader: Bool { communicator.rank == 0 }

  /// Trains.
  ///
  /// **Ranks**: collective.
  ///
  /// - Throws: `Failure`; its kind is the exit code.
  public func run() throws(Failure) {
    communicator.timeout = request.timeout
    StopSignal.install()
    try communicator.requireAgreement([
      ("build", try communicator.together { () throws(Failure) in try BuildIdentity.digest() }),
      ("flags", request.fingerprint),
    ])
    let folder = try communicator.together { () throws(Failure) in try openFolder() }
    do throws(Failure) {
      try start(in: folder)
    } catch {
      folder?.abandon()
      throw error
    }
  }

  /// Takes the run folder, on rank 0.
  private func openFolder() throws(Failure) -> RunFolder? {
    if !isLeader { return nil }
    let folder = RunFolder(request.runFolder ?? RunFolder.defaultPath(request.overrides))
    try folder.acquire()
    if folder.holdsRun && !request.resumes {
      throw Failure(
        .usage,
        "\(folder.path) holds a run; continue it with --resume, or choose another --run")
    }
    return folder
  }

  private func start(in folder: RunFolder?) throws(Failure) {
    let setup = TrainingSetup(request, communicator: communicator, folder: folder, logger: logger)
    var configuration = try setup.configuration()
    try communicator.together { () throws(Failure) in
      try MemoryCheck.require(configuration, communicator: communicator)
    }
    let dataset = try setup.dataset(&configuration)
    let normalizer = try setup.normalizer(configuration, dataset)
    let filler = ImageFiller(normalizer: normalizer)
    let trainer = Trainer(
      configuration: configuration, communicator: communicator, images: dataset.training,
      filler: filler)
    let checkpoint = try setup.initialize(trainer)
    let holdsOut = configuration.trainImages < dataset.training.count
    let evaluator = Evaluator(
      communicator: communicator, filler: filler,
      images: holdsOut ? dataset.training : dataset.test,
      range: holdsOut
        ? configuration.trainImages..<dataset.training.count : 0..<dataset.test.count)
    let console = Console()
    let journal = try communicator.together { () throws(Failure) -> Journal? in
      guard let folder else { return nil }
      return try setup.openJournal(folder, console, configuration, checkpoint)
    }
    let isDone = try train(trainer, evaluator, journal)
    if let journal, isDone { try journal.writeModel(trainer, normalizer: normalizer) }
    if isLeader { try console.say("weights sha256 \(trainer.network.weightsDigest)") }
  }

  /// Trains until the schedule, `--stop-after` or a signal ends it.
  ///
  /// - Returns: whether the schedule is done.
  private func train(
    _ trainer: Trainer, _ evaluator: Evaluator, _ journal: Journal?
  ) throws(Failure) -> Bool {
    let last = trainer.configuration.iterations
    let end = request.stopAfter ?? last
    while trainer.iteration < end {
      let start = monotonicSeconds()
      let result = try trainer.step()
      let iteration = trainer.iteration
      try journal?.record(
        result, iteration: iteration, learningRate: trainer.lastLearningRate,
        seconds: monotonicSeconds() - start)
      let every = trainer.configuration.evaluateEvery
      if every > 0 && (iteration % every == 0 || iteration == last) {
        let evaluation = try evaluator.evaluate(trainer.network)
        try journal?.record(evaluation, iteration: iteration)
      }
      let isStopped = result.stopRequested && iteration < end
      if iteration % request.checkpointEvery == 0 || iteration == end || isStopped {
        try journal?.writeCheckpoint(trainer)
      }
      if isStopped { throw stopped(after: iteration) }
    }
    return trainer.iteration == last
  }

  private func stopped(after iteration: Int) -> Failure {
    var failure = Failure(
      .interrupted,
      "stopped by a signal after iteration \(iteration), with a checkpoint; run again with "
        + "--resume")
    failure.isShared = true
    return failure
  }
}
