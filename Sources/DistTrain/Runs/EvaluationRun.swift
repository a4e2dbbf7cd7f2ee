import Foundation
import ResNet

/// What `evaluate` was asked to do.
public struct EvaluationRequest: Sendable {
  /// `--weights`: a file of weights.
  public var weights = ""
  /// `--data`: where the data set is.
  public var dataFolder: String?
  /// What is given of the configuration: data set, network, normalisation and convolution; it wins
  /// over what the file says.
  public var settings = PartialConfiguration()
  /// `--timeout`: seconds after which the watchdog ends the job.
  public var timeout = TrainingRequest.defaultTimeout

  /// Told, on rank 0, what is not as it should be.
  public var warn: @Sendable (String) -> Void = { _ in }
  /// Told, on rank 0, which part of the images is evaluated; it has to be quick.
  public var progress: @Sendable (Double) -> Void = { _ in }

  /// Makes a request of the defaults.
  public init() {}

  /// Checks the flags as far as no file is needed, before MPI is up.
  ///
  /// - Throws: `Failure` of kind usage.
  public func check() throws(Failure) {
    try checkTimeout(timeout)
    _ = try settings.channelConstants()
  }

  /// The kernels that compute convolutions.
  var convolution: Configuration.Convolution {
    settings.convolution ?? Settings.table.convolution.defaultValue
  }

  /// The flags that have to be the same on all ranks, with their values.
  var agreedFlags: [(name: String, value: String)] {
    var agreed = settings
    agreed.convolution = convolution
    return agreed.agreedFlags
  }
}

/// An evaluation of a file of weights on a whole test set, at any number of ranks.
public struct EvaluationRun {
  private let request: EvaluationRequest
  private let communicator: Communicator

  /// Makes an evaluation.
  ///
  /// - Parameters:
  ///   - request: what to evaluate.
  ///   - communicator: the ranks.
  public init(_ request: EvaluationRequest, communicator: Communicator) {
    self.request = request
    self.communicator = communicator
  }

  /// The images that a network is evaluated on.
  private struct Images {
    let test: ImageSet
    let normalizer: Normalizer
    let digest: String
    let warning: String?
  }

  /// Evaluates.
  ///
  /// **Ranks**: collective; every rank reads the file and the data.
  ///
  /// - Returns: the result, the same on every rank.
  /// - Throws: `Failure`; its kind is the exit code.
  public func run() throws(Failure) -> Metrics {
    try communicator.requireAgreement(
      [("build", try communicator.together { () throws(Failure) in try BuildIdentity.digest() })]
        + request.agreedFlags)
    let (file, description) = try communicator.together { () throws(Failure) in try readFile() }
    // One shard per rank: evaluation only needs room for some images.
    let size = communicator.size
    func partition(_ rank: Int) -> BatchPartition {
      BatchPartition(
        globalBatch: Evaluator.blockImages * size, shards: size, rank: rank, ranks: size)
    }
    let loader = try DatasetLoader(
      description.dataset, from: request.dataFolder, isTestOnly: !description.needsTrainingSet,
      communicator: communicator)
    try communicator.together { () throws(Failure) in
      try MemoryCheck.require(
        description.architecture, convolution: request.convolution,
        datasetBytes: description.dataset.byteCount(testOnly: !description.needsTrainingSet),
        datasetCopies: loader.copiesOnHost, communicator: communicator, partition: partition)
    }
    let images = try load(description, loader)
    try communicator.requireAgreement([
      ("file of weights", file.digest), ("data set", images.digest),
    ])
    if communicator.rank == 0, let warning = images.warning { request.warn(warning) }
    let convolution = request.convolution
    let network = Network(description.architecture, partition: partition(communicator.rank)) {
      convolution.makeEngine(geometry: $0, arena: $1)
    }
    try communicator.together { () throws(Failure) in
      try network.load(file.tensors, file: file.path)
    }
    let evaluator = Evaluator(
      communicator: communicator, preprocessor: ImagePreprocessor(normalizer: images.normalizer),
      images: images.test, range: 0..<images.test.count)
    let isLeader = communicator.rank == 0
    return try finite(evaluator.evaluate(network) { if isLeader { request.progress($0) } })
  }

  /// Reads the weights, and checks them before memory is taken for the network or for images.
  private func readFile() throws(Failure) -> (WeightsFile, WeightsDescription) {
    let file = try WeightsFile(contentsOf: request.weights)
    let description = try WeightsDescription(file, given: request.settings)
    let layout = ParameterLayout(description.architecture)
    _ = try layout.ownTensors(of: file.tensors, file: file.path)
    return (file, description)
  }

  /// Loads the test images, and those of the training set only to compute the normalisation.
  private func load(
    _ description: WeightsDescription, _ loader: DatasetLoader
  ) throws(Failure) -> Images {
    let set = description.dataset
    switch description.normalization {
    case .known(let normalizer):
      let test = try loader.loadTest()
      let digest = try loader.digest { test.digest() }
      return Images(
        test: test, normalizer: normalizer, digest: digest,
        warning: OfficialData.warning(set, training: nil, test: test, digest: digest))
    case .ofTrainingSet(let mode, let count, let given):
      let dataset = try loader.load()
      let digest = try loader.digest { dataset.digest() }
      let normalizer = try communicator.together { () throws(Failure) in
        try Normalizer(mode: mode, images: dataset.training, count: count, given: given)
      }
      return Images(
        test: dataset.test, normalizer: normalizer, digest: digest,
        warning: OfficialData.warning(
          set, training: dataset.training, test: dataset.test, digest: digest))
    }
  }

  /// Refuses a result that is no number, on every rank.
  private func finite(_ result: Metrics) throws(Failure) -> Metrics {
    if result.loss.isFinite { return result }
    throw Failure(
      .data,
      "the loss of \(request.weights) on the test images is \(result.loss); its weights are too "
        + "large, or of another normalisation"
    ).shared
  }
}
