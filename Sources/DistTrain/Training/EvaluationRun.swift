import Foundation
import ResNet

/// What `evaluate` was asked to do.
public struct EvaluationRequest: Sendable {
  /// `--weights`: a file of weights.
  public var weights = ""
  /// `--data`: where the data set is.
  public var dataFolder: String?
  /// `--dataset`.
  public var dataset: Configuration.DatasetName?
  /// `--network`.
  public var network: Architecture.Kind?
  /// `--normalize`.
  public var normalize: Configuration.Normalization?
  /// `--mean`.
  public var mean: [Double]?
  /// `--std`.
  public var std: [Double]?
  /// `--convolution`.
  public var convolution = Configuration.Convolution.vector
  /// `--timeout`: seconds after which the watchdog ends the job.
  public var timeout = 300.0

  /// Makes a request of the defaults.
  public init() {}

  /// Checks the flags as far as no file is needed, before MPI is up.
  ///
  /// - Throws: `Failure` of kind usage.
  public func check() throws(Failure) { try checkTimeout(timeout) }

  /// Everything that has to be the same on all ranks, besides the content of files.
  var fingerprint: String {
    "\(dataset as Any) \(network as Any) \(normalize as Any) \(mean as Any) \(std as Any) "
      + "\(convolution)"
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

  /// Evaluates.
  ///
  /// **Ranks**: collective; every rank reads the file and the data.
  ///
  /// - Returns: the result, the same on every rank.
  /// - Throws: `Failure`; its kind is the exit code.
  public func run() throws(Failure) -> EvaluationResult {
    try communicator.requireAgreement([
      ("build", try communicator.together { () throws(Failure) in try BuildIdentity.digest() }),
      ("flags", request.fingerprint),
    ])
    let (description, content, dataset) = try communicator.together { () throws(Failure) in
      try load()
    }
    try communicator.requireAgreement([
      ("file of weights", SHA256.hexDigest(try content.encoded())), ("data set", dataset.digest()),
    ])
    // One micro-shard per rank: evaluation only needs room for some images.
    let partition = BatchPartition(
      globalBatch: 40 * communicator.size, microShards: communicator.size,
      rank: communicator.rank, ranks: communicator.size)
    let convolution = request.convolution
    let network = Network(description.architecture, partition: partition) {
      convolution.makeEngine(geometry: $0, arena: $1)
    }
    try communicator.together { () throws(Failure) in
      try network.load(content.tensors, file: request.weights)
    }
    let normalizer = description.normalizer(training: dataset.training)
    let evaluator = Evaluator(
      communicator: communicator, filler: ImageFiller(normalizer: normalizer),
      images: dataset.test, range: 0..<dataset.test.count)
    return try evaluator.evaluate(network)
  }

  private func load() throws(Failure) -> (WeightsDescription, Safetensors, Dataset) {
    let content = try Safetensors(contentsOf: request.weights)
    let description = try WeightsDescription(content, request: request)
    let dataset = try DatasetReader.load(
      description.dataset,
      folder: DatasetReader.folder(
        description.dataset, flag: request.dataFolder,
        environment: ProcessInfo.processInfo.environment))
    guard dataset.classes == description.architecture.classes else {
      throw Failure(
        .data,
        "\(request.weights) has \(description.architecture.classes) classes, but "
          + "\(description.dataset.rawValue) has \(dataset.classes); choose another --dataset")
    }
    return (description, content, dataset)
  }
}
