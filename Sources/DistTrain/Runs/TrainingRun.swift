import Foundation
import ResNet
import Tensor

/// A whole training from its request to the final hash line.
///
/// Start-up is a row of stages that all ranks pass or fail together; then the loop reads as the
/// algorithm does.
public struct TrainingRun {
  private let request: TrainingRequest
  private let communicator: Communicator
  private let console: Console
  private let deadline: Deadline?

  /// Makes a run.
  ///
  /// - Parameters:
  ///   - request: what to train.
  ///   - communicator: the ranks.
  public init(_ request: TrainingRequest, communicator: Communicator) {
    self.request = request
    self.communicator = communicator
    console = Console(request.output)
    // Ranks stop together, so one clock decides.
    deadline = communicator.rank == 0 ? request.timeLimit.map { Deadline(minutes: $0) } : nil
  }

  private var isLeader: Bool { communicator.rank == 0 }

  /// Trains.
  ///
  /// **Ranks**: collective.
  ///
  /// - Throws: `Failure`; its kind is the exit code.
  public func run() throws(Failure) {
    try communicator.requireAgreement(
      [("build", try communicator.together { () throws(Failure) in try BuildIdentity.digest() })]
        + request.agreedFlags)
    let folder = try communicator.together(.saving) { () throws(Failure) in try openFolder() }
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
    let folder: RunFolder
    if let path = request.runFolder {
      folder = RunFolder(path)
    } else {
      folder = try RunFolder.makeNew(for: Configuration(request.settings))
    }
    do throws(Failure) {
      if let warning = try folder.acquire() { try console.warn(warning) }
      try checkContent(of: folder)
    } catch {
      folder.abandon()
      throw error
    }
    return folder
  }

  /// Checks that the folder holds a run where one is continued, and none otherwise.
  private func checkContent(of folder: RunFolder) throws(Failure) {
    if folder.holdsRun {
      if request.resumes { return }
      throw Failure(
        .usage,
        "\(folder.path) holds a run; continue it with --resume, or choose another --run")
    }
    if !folder.checkpoints.isEmpty {
      throw Failure(
        .usage,
        "\(folder.path) holds checkpoints but no config.json; restore it to continue their run, "
          + "remove them, or choose another --run")
    }
    if request.resumes { try console.warn("\(folder.path) holds no run; starting one") }
  }

  private func start(in folder: RunFolder?) throws(Failure) {
    let setup = TrainingSetup(
      request, communicator: communicator, folder: folder, console: console)
    var (configuration, foundStart) = try setup.configuration()
    let dataset = try setup.dataset(&configuration)
    let start = try foundStart.adopted(by: configuration)
    let trainer = try Trainer(
      configuration, dataset: dataset, communicator: communicator,
      isStopRequested: { [request, deadline] in
        request.isStopRequested() || deadline?.isOver == true
      })
    let isEvaluationPending = try setup.initialize(trainer, from: start)
    let journal = try communicator.together(.saving) { () throws(Failure) in
      try setup.openJournal(trainer, from: start, deadline: deadline)
    }
    let loop = TrainingLoop(
      request, communicator: communicator, trainer: trainer, journal: journal, deadline: deadline)
    try loop.run(isEvaluationPending: isEvaluationPending)
    if isLeader { try console.conclude("weights sha256 \(trainer.network.weightsDigest)") }
  }
}
