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

  /// The run's configuration, a new one or the stored one that is continued, and on rank 0 the
  /// checkpoint from which it is continued.
  func configuration() throws(Failure) -> (Configuration, Checkpoint?) {
    let (text, checkpoint) = try communicator.together {
      () throws(Failure) -> (String, Checkpoint?) in
      guard let folder else { return ("", nil) }
      let (configuration, checkpoint) = try resolve(folder)
      try communicator.checkRanks(configuration)
      try request.checkStop(
        iterations: configuration.iterations, completed: checkpoint?.iteration ?? 0)
      return (try configuration.jsonText(), checkpoint)
    }
    let bytes = try communicator.broadcast(Array(text.utf8))
    return (try Configuration(json: bytes, file: "the configuration of rank 0"), checkpoint)
  }

  private func resolve(_ folder: RunFolder) throws(Failure) -> (Configuration, Checkpoint?) {
    var overrides = request.overrides
    if let file = request.initialWeights {
      overrides.initialWeightsSha256 = SHA256.hexDigest(
        try Files.read(file, remedy: "give --init-weights a file of weights"))
    }
    guard folder.holdsRun else { return (try Configuration.resolve(overrides), nil) }
    let path = folder.configurationPath
    let stored = try Configuration(
      json: Files.read(path, remedy: "restore it"), file: path)
    try checkFlags(overrides, against: stored, folder)
    let checkpoint = try folder.checkpoints.newest(of: stored) { (warning) throws(Failure) in
      try console.warn(warning)
    }
    if checkpoint == nil { try beginAnew(stored, folder) }
    return (stored, checkpoint)
  }

  /// Checks that the flags that were given are those of the stored run.
  private func checkFlags(
    _ overrides: ConfigurationOverrides, against stored: Configuration, _ folder: RunFolder
  ) throws(Failure) {
    var given = stored
    overrides.apply(to: &given)
    try given.check()
    if let difference = try given.differences(from: stored).first {
      throw Failure(
        .usage,
        "\(difference.flag) \(difference.own) contradicts the run in \(folder.path), which has "
          + "\(difference.other); drop the flag, or use another --run")
    }
  }

  /// Checks that a run without a checkpoint can begin again.
  private func beginAnew(_ stored: Configuration, _ folder: RunFolder) throws(Failure) {
    if let digest = stored.initialWeightsSha256, request.initialWeights == nil {
      throw Failure(
        .missingInput,
        "the run in \(folder.path) has no checkpoint yet and begins with a file of weights of "
          + "SHA-256 \(digest); give it with --init-weights")
    }
    try console.warn("\(folder.path) has no checkpoint yet; the run begins anew")
  }

  /// Loads the data set on every rank and checks that it is the same one everywhere.
  ///
  /// - Parameter configuration: receives the data set's digest.
  /// - Returns: the data set.
  /// - Throws: `Failure`, shared by all ranks.
  func dataset(_ configuration: inout Configuration) throws(Failure) -> Dataset {
    let description = configuration.dataset
    let dataset = try communicator.together { () throws(Failure) in
      try Dataset.load(description, from: request.dataFolder)
    }
    let digest = dataset.digest()
    try communicator.requireAgreement([("data set", digest)])
    let warning = OfficialData.warning(
      description, training: dataset.training, test: dataset.test, digest: digest)
    if let warning, communicator.rank == 0 { try console.warn(warning) }
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
  /// - Parameters:
  ///   - trainer: receives them, and the completed iterations.
  ///   - checkpoint: on rank 0 the checkpoint that is continued, if there is one.
  /// - Returns: whether the evaluation of the completed iteration is still to come.
  /// - Throws: `Failure`, shared by all ranks.
  func initialize(_ trainer: Trainer, from checkpoint: Checkpoint?) throws(Failure) -> Bool {
    let network = trainer.network
    try communicator.together { () throws(Failure) in
      if folder != nil { try load(checkpoint, trainer) }
    }
    let isPending = checkpoint?.isEvaluationPending(trainer.configuration) ?? false
    let place = MemoryView<Int64>([Int64(checkpoint?.iteration ?? 0), isPending ? 1 : 0])
    try communicator.broadcast(place)
    try communicator.broadcast(network.parameters)
    try communicator.broadcast(network.runningStatistics)
    try communicator.broadcast(trainer.momentum)
    trainer.iteration = Int(place[0])
    return place[1] != 0
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
  /// Whatever is there is as it was until the configuration is written, at once or not at all, or
  /// until the logs of the run that is continued are found to be whole.
  func openJournal(
    _ configuration: Configuration, _ normalizer: Normalizer, continuing checkpoint: Checkpoint?
  ) throws(Failure) -> Journal? {
    guard let folder else { return nil }
    if !folder.holdsRun { try folder.write(configuration) }
    let journal = try Journal(
      folder: folder, console: console, configuration: configuration, normalizer: normalizer,
      keep: request.keep, ranks: communicator.size, continuing: checkpoint)
    if let checkpoint {
      try folder.checkpoints.removeNewer(than: checkpoint.iteration)
    } else {
      folder.removeWeights()
    }
    try console.keep(in: folder.consoleLogPath, continuing: checkpoint != nil)
    let banner = Progress.banner(
      configuration, topology: communicator.topology, folder: folder.path,
      completed: checkpoint?.iteration ?? 0)
    for line in banner { try console.say(line) }
    return journal
  }
}
