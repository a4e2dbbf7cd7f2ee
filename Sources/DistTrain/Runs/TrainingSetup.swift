import Foundation
import ResNet
import Tensor

/// The stages of a training's start, each passed or failed by all ranks together.
///
/// Rank 0 alone reads the run folder and files of weights; the others receive what it read.
struct TrainingSetup {
  private let request: TrainingRequest
  private let communicator: Communicator
  private let folder: RunFolder?
  private let console: Console

  init(
    _ request: TrainingRequest, communicator: Communicator, folder: RunFolder?, console: Console
  ) {
    self.request = request
    self.communicator = communicator
    self.folder = folder
    self.console = console
  }

  /// The run's configuration, a new one or the stored one that is continued, and on rank 0 what it
  /// starts from.
  func configuration() throws(Failure) -> (Configuration, StartingPoint) {
    let (text, start) = try communicator.together {
      () throws(Failure) -> (String, StartingPoint) in
      guard let folder else { return ("", .initialWeights) }
      let (configuration, start) = try resolve(folder)
      _ = try configuration.partition(ofRank: communicator.rank, of: communicator.size)
      try request.checkStop(iterations: configuration.iterations, completed: start.iteration)
      return (try configuration.jsonText(), start)
    }
    let bytes = try communicator.broadcast(Array(text.utf8))
    return (try Configuration(json: bytes, file: "the configuration of rank 0"), start)
  }

  private func resolve(_ folder: RunFolder) throws(Failure) -> (Configuration, StartingPoint) {
    var given = request.settings
    if let file = request.initialWeights {
      given.initialWeightsSHA256 = SHA256.hexDigest(
        try Files.read(file, remedy: "give --init-weights a file of weights"))
    }
    var foreign: ForeignCheckpoint?
    if let file = request.from { foreign = try ForeignCheckpoint(contentsOf: file) }
    given.fromSHA256 = foreign?.digest
    let beginning = foreign.map { StartingPoint.other($0.checkpoint) } ?? .initialWeights
    guard folder.holdsRun else {
      let configuration = try Configuration(given)
      try foreign?.check(configuration)
      return (configuration, beginning)
    }
    let path = folder.configurationPath
    let stored = try Configuration(
      json: Files.read(path, remedy: "restore it"), file: path)
    try checkFlags(given, against: stored, folder)
    let checkpoint = try folder.checkpoints.newest(of: stored) { (warning) throws(Failure) in
      try console.warn(warning)
    }
    if let checkpoint { return (stored, .own(checkpoint)) }
    try beginAnew(stored, folder)
    return (stored, beginning)
  }

  /// Checks that the flags that were given are those of the stored run.
  private func checkFlags(
    _ given: PartialConfiguration, against stored: Configuration, _ folder: RunFolder
  ) throws(Failure) {
    var asked = stored
    asked.apply(given)
    try asked.check()
    if let difference = asked.differences(from: stored).first {
      throw Failure(
        .usage,
        "\(difference.flag) \(difference.own) contradicts the run in \(folder.path), which has "
          + "\(difference.other); drop the flag, or use another --run")
    }
  }

  /// Checks that a run without a checkpoint can begin again.
  private func beginAnew(_ stored: Configuration, _ folder: RunFolder) throws(Failure) {
    for (digest, file, flag) in [
      (stored.initialWeightsSHA256, request.initialWeights, "--init-weights"),
      (stored.fromSHA256, request.from, "--from"),
    ] {
      guard let digest, file == nil else { continue }
      throw Failure(
        .missingInput,
        "the run in \(folder.path) has no checkpoint yet and begins with a file of SHA-256 "
          + "\(digest); give it with \(flag)")
    }
    try console.warn("\(folder.path) has no checkpoint yet; the run begins anew")
  }

  /// Loads the data set, after a look at the memory of every host, and checks that it is the same
  /// one everywhere.
  ///
  /// - Parameter configuration: receives the data set's digest.
  /// - Returns: the data set.
  /// - Throws: `Failure`, shared by all ranks.
  func dataset(_ configuration: inout Configuration) throws(Failure) -> Dataset {
    let description = configuration.dataset
    let loader = try DatasetLoader(
      description, from: request.dataFolder, communicator: communicator)
    try communicator.together { [configuration] () throws(Failure) in
      try MemoryCheck.require(
        configuration, datasetCopies: loader.copiesOnHost, communicator: communicator)
    }
    let dataset = try loader.load()
    let digest = try loader.digest { dataset.digest() }
    try communicator.requireAgreement([("data set", digest)])
    let warning = OfficialData.warning(
      description, training: dataset.training, test: dataset.test, digest: digest)
    if let warning, communicator.rank == 0 { try console.warn(warning) }
    let stored = configuration.datasetSHA256
    configuration.datasetSHA256 = digest
    try communicator.together { () throws(Failure) in
      if !stored.isEmpty && stored != digest {
        throw Failure(
          .data,
          "the data set has the digest \(digest), but the run was started with \(stored); use the "
            + "data that it was started with")
      }
    }
    return dataset
  }

  /// Sets the state in which the run begins or goes on, the same on all ranks.
  ///
  /// - Parameters:
  ///   - trainer: receives it; it is at the beginning of a run.
  ///   - start: on rank 0 what the training starts from.
  /// - Returns: whether the evaluation of the completed iteration is still to come.
  /// - Throws: `Failure`, shared by all ranks.
  func initialize(_ trainer: Trainer, from start: StartingPoint) throws(Failure) -> Bool {
    try communicator.together { () throws(Failure) in
      if folder == nil { return }
      if let checkpoint = start.checkpoint {
        try trainer.state.restore(checkpoint)
      } else if let file = request.initialWeights {
        try WeightsFile(contentsOf: file).load(into: trainer.network)
      }
    }
    try trainer.state.broadcast(communicator)
    let isPending = start.checkpoint?.isEvaluationPending(trainer.configuration) ?? false
    return try communicator.broadcast([isPending ? 1 : 0]) == [1]
  }

  /// Writes the configuration, which makes the folder a run, and opens the logs.
  ///
  /// Whatever is there is as it was until the configuration is written, at once or not at all, or
  /// until the logs of the run that is continued are found to be whole.
  func openJournal(
    _ trainer: Trainer, from start: StartingPoint, deadline: Deadline?
  ) throws(Failure) -> Journal? {
    guard let folder else { return nil }
    let configuration = trainer.configuration
    if !folder.holdsRun { try folder.write(configuration) }
    let journal = try Journal(
      of: trainer, in: folder, console: console, keep: request.keep, ranks: communicator.size,
      from: start,
      forecast: Forecast(
        configuration, end: request.stopAfter ?? configuration.iterations, deadline: deadline)
    ) { () throws(Failure) in
      if !request.writesTensorBoardEvents { return nil }
      return try TensorBoardEvents(
        in: folder.path, from: start.iteration, host: communicator.hostName)
    }
    if let checkpoint = start.ownCheckpoint {
      try folder.checkpoints.removeNewer(than: checkpoint.iteration)
    } else {
      folder.removeWeights()
    }
    try console.keep(in: folder.consoleLogPath, continuing: start.ownCheckpoint != nil)
    let banner = Banner(
      configuration, topology: communicator.topology, host: communicator.hostName,
      folder: folder.path, start: start, ranksBefore: journal.ranksBefore)
    for line in try banner.lines() { try console.say(line) }
    return journal
  }
}
