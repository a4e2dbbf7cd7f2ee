import Foundation
import Logging
import ResNet
import Tensor

/// The stages of a training's start, each passed or failed by all ranks together.
///
/// Rank 0 alone reads the run folder and files of weights; the others receive what it read.
struct TrainingSetup {
  private let request: TrainingRequest
  private let communicator: Communicator
  private let folder: RunFolder?
  private let logger: Logger

  init(
    _ request: TrainingRequest, communicator: Communicator, folder: RunFolder?, logger: Logger
  ) {
    self.request = request
    self.communicator = communicator
    self.folder = folder
    self.logger = logger
  }

  /// The run's configuration: a new one, or the stored one that is continued.
  func configuration() throws(Failure) -> Configuration {
    let text = try communicator.together { () throws(Failure) -> String in
      guard let folder else { return "" }
      let configuration = try resolve(folder)
      try communicator.checkRanks(configuration)
      return try configuration.jsonText()
    }
    let bytes = try communicator.broadcast(Array(text.utf8))
    return try Configuration(json: bytes, file: "the configuration of rank 0")
  }

  private func resolve(_ folder: RunFolder) throws(Failure) -> Configuration {
    var overrides = request.overrides
    if let file = request.initialWeights {
      overrides.initialWeightsSha256 = SHA256.hexDigest(
        try Files.read(file, remedy: "give --init-weights a file of weights"))
    }
    guard folder.holdsRun else { return try Configuration.resolve(overrides) }
    let path = folder.configurationPath
    let stored = try Configuration(
      json: Files.read(path, remedy: "restore it"), file: path)
    var given = stored
    overrides.apply(to: &given)
    if let difference = try given.differences(from: stored).first {
      throw Failure(
        .usage,
        "\(difference.flag) \(difference.own) contradicts the run in \(folder.path), which has "
          + "\(difference.other); drop the flag, or use another --run")
    }
    return stored
  }

  /// Loads the data set on every rank and checks that it is the same one everywhere.
  ///
  /// - Parameter configuration: receives the data set's digest.
  /// - Returns: the data set.
  /// - Throws: `Failure`, shared by all ranks.
  func dataset(_ configuration: inout Configuration) throws(Failure) -> Dataset {
    let name = configuration.dataset
    let dataset = try communicator.together { () throws(Failure) in
      try DatasetReader.load(
        name,
        folder: DatasetReader.folder(
          name, flag: request.dataFolder, environment: ProcessInfo.processInfo.environment))
    }
    let digest = dataset.digest()
    try communicator.requireAgreement([("data set", digest)])
    let warning = OfficialData.warning(
      name, training: dataset.training, test: dataset.test, digest: digest)
    if let warning, communicator.rank == 0 { writeToStandardError(warning) }
    let stored = configuration.datasetSha256
    configuration.datasetSha256 = digest
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

  /// The normalisation of the training images, with the channel constants that were given.
  func normalizer(
    _ configuration: Configuration, _ dataset: Dataset
  ) throws(Failure) -> Normalizer {
    try communicator.together { () throws(Failure) in
      try Normalizer(
        mode: configuration.normalize, images: dataset.training, count: configuration.trainImages,
        given: try configuration.channelConstants())
    }
  }

  /// Sets weights, running statistics and momentum, the same on all ranks.
  ///
  /// - Parameter trainer: receives them, and the completed iterations.
  /// - Returns: on rank 0 the checkpoint that is continued, if there is one.
  /// - Throws: `Failure`, shared by all ranks.
  func initialize(_ trainer: Trainer) throws(Failure) -> Checkpoint? {
    let network = trainer.network
    let checkpoint = try communicator.together { () throws(Failure) -> Checkpoint? in
      guard let folder else { return nil }
      let checkpoint = try folder.newestCheckpointIfRun { logger.warning("\($0)") }
      try load(checkpoint, trainer)
      try request.checkStop(
        iterations: trainer.configuration.iterations, completed: checkpoint?.iteration ?? 0)
      return checkpoint
    }
    let iteration = MemoryView<Int64>([Int64(checkpoint?.iteration ?? 0)])
    try communicator.broadcast(iteration)
    try communicator.broadcast(network.parameters)
    try communicator.broadcast(network.runningStatistics)
    try communicator.broadcast(trainer.momentum)
    trainer.iteration = Int(iteration[0])
    return checkpoint
  }

  private func load(_ checkpoint: Checkpoint?, _ trainer: Trainer) throws(Failure) {
    let network = trainer.network
    let configuration = trainer.configuration
    if let checkpoint {
      let file = "the checkpoint of iteration \(checkpoint.iteration)"
      try network.load(checkpoint.tensors, file: file)
      try network.load(checkpoint.momentum, into: network.layout.parameters, file: file) {
        $0.store($1, in: trainer.momentum)
      }
    } else if let file = request.initialWeights {
      try WeightsFile(contentsOf: file).load(into: network)
    } else {
      network.initialize(seed: configuration.seed, projectionInit: configuration.projectionInit)
    }
  }

  /// Writes the configuration, which makes the folder a run, and opens the logs.
  ///
  /// Whatever is there is as it was until the configuration is written, at once or not at all.
  func openJournal(
    _ folder: RunFolder, _ console: Console, _ configuration: Configuration,
    _ checkpoint: Checkpoint?
  ) throws(Failure) -> Journal {
    if !folder.holdsRun {
      try Files.replace(
        folder.configurationPath, with: Array(try configuration.jsonText().utf8))
    }
    try console.keep(in: folder.consoleLogPath, continuing: checkpoint != nil)
    let journal = try Journal(
      folder: folder, console: console, configuration: configuration, keep: request.keep,
      ranks: communicator.size, continuing: checkpoint)
    let banner = Progress.banner(
      configuration, topology: communicator.topology, folder: folder.path,
      completed: checkpoint?.iteration ?? 0)
    for line in banner { try console.say(line) }
    return journal
  }
}
