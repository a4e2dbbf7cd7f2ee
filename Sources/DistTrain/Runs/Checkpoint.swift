import ResNet

/// What iterations added up to since a row of a log.
package struct RunningSums: Equatable {
  /// The sum of the iterations' mean losses.
  var loss = 0.0
  /// Wrongly classified images.
  var errors = 0
  /// Iterations.
  package var iterations = 0

  /// Adds an iteration.
  package mutating func add(_ metrics: Metrics) {
    loss += metrics.loss
    errors += metrics.errors
    iterations += 1
  }

  /// Whether so many iterations can add up to this; their number is one that can be.
  fileprivate var isPlausible: Bool {
    (0...Double(iterations) * Double(Float.greatestFiniteMagnitude)).contains(loss)
      && (0...iterations * Int(Int32.max)).contains(errors)
  }

  /// Mean loss and error per iteration.
  package func means(batch: Int) -> (loss: Double, error: Double) {
    (loss / Double(iterations), Double(errors) / Double(iterations * batch))
  }
}

/// The state of a run between two iterations, with no trace of how many ranks computed it.
package struct Checkpoint: Equatable {
  /// Completed iterations.
  package var iteration: Int
  /// The completed iterations with which its run began: those of the checkpoint of `--from`, or 0.
  package var begin = 0
  /// ``TrainingState/tensors``.
  package var tensors: [NamedTensor]
  /// Since the last row of `train.csv`, and since that of `evaluation.csv`.
  package var trainSums: RunningSums
  package var evaluationSums: RunningSums
  /// The digest of the configuration of the run.
  var configurationDigest: String
  /// What describes the network.
  package var metadata: [String: String]

  private static let contentKey = "content_sha256"
  private static let configurationKey = "configuration_sha256"
  private static let beginKey = "from_iteration"

  package init(
    iteration: Int, begin: Int = 0, tensors: [NamedTensor], trainSums: RunningSums,
    evaluationSums: RunningSums, configurationDigest: String, metadata: [String: String]
  ) {
    self.iteration = iteration
    self.begin = begin
    self.tensors = tensors
    self.trainSums = trainSums
    self.evaluationSums = evaluationSums
    self.configurationDigest = configurationDigest
    self.metadata = metadata
  }

  /// The file's content, with its digest: that of the same file without the digest.
  ///
  /// - Throws: `Failure` if it cannot be encoded.
  package func content() throws(Failure) -> Safetensors {
    var strings = metadata
    strings["iteration"] = String(iteration)
    if begin > 0 { strings[Self.beginKey] = String(begin) }
    strings[Self.configurationKey] = configurationDigest
    Self.store(trainSums, "train", in: &strings)
    Self.store(evaluationSums, "evaluation", in: &strings)
    var content = Safetensors(tensors: tensors, metadata: strings)
    content.metadata[Self.contentKey] = SHA256.hexDigest(try content.encoded())
    return content
  }

  /// Reads a file's content.
  ///
  /// - Parameters:
  ///   - content: the file's content.
  ///   - iteration: the iteration that its name says; nil for a file of any name.
  ///   - file: its name, for messages.
  /// - Throws: `Failure` of kind data.
  package init(_ content: Safetensors, iteration: Int?, file: String) throws(Failure) {
    try Self.checkDigest(content, file)
    metadata = content.metadata
    metadata[Self.contentKey] = nil
    let stored = metadata.removeValue(forKey: "iteration").flatMap { Int($0) }
    guard let stored, (0...Configuration.maximumIterations).contains(stored),
      iteration == nil || stored == iteration
    else {
      throw Self.unsound(file, "its iteration is \(stored.map(String.init) ?? "missing")")
    }
    self.iteration = stored
    begin = metadata.removeValue(forKey: Self.beginKey).flatMap { Int($0) } ?? 0
    guard (0...stored).contains(begin) else {
      throw Self.unsound(file, "its run began after iteration \(begin), and it is of \(stored)")
    }
    configurationDigest = metadata.removeValue(forKey: Self.configurationKey) ?? ""
    trainSums = try Self.load("train", from: &metadata, through: stored, file)
    evaluationSums = try Self.load("evaluation", from: &metadata, through: stored, file)
    tensors = content.tensors
  }

  private static func unsound(_ file: String, _ reason: String) -> Failure {
    Failure(.data, "\(file) is not a sound checkpoint: \(reason)")
  }

  private static func checkDigest(_ content: Safetensors, _ file: String) throws(Failure) {
    var undigested = content
    guard let digest = undigested.metadata.removeValue(forKey: contentKey) else {
      throw unsound(file, "it has no digest of its content")
    }
    if digest != SHA256.hexDigest(try undigested.encoded()) {
      throw unsound(file, "its content is not what was written")
    }
  }

  private static func store(_ sums: RunningSums, _ name: String, in strings: inout [String: String])
  {
    // A double's description reads back to the same double.
    strings["\(name)_loss_sum"] = "\(sums.loss)"
    strings["\(name)_errors"] = "\(sums.errors)"
    strings["\(name)_iterations"] = "\(sums.iterations)"
  }

  private static func load(
    _ name: String, from strings: inout [String: String], through iteration: Int, _ file: String
  ) throws(Failure) -> RunningSums {
    guard let loss = strings.removeValue(forKey: "\(name)_loss_sum").flatMap({ Double($0) }),
      let errors = strings.removeValue(forKey: "\(name)_errors").flatMap({ Int($0) }),
      let iterations = strings.removeValue(forKey: "\(name)_iterations").flatMap({ Int($0) })
    else { throw unsound(file, "its \(name) sums are missing") }
    let sums = RunningSums(loss: loss, errors: errors, iterations: iterations)
    guard (0...iteration).contains(iterations), sums.isPlausible else {
      throw unsound(
        file,
        "its \(name) sums are a loss of \(loss) and \(errors) errors in \(iterations) iterations")
    }
    return sums
  }
}
