/// A row of one of a run's logs, with the schema that all rows of its file have.
///
/// Numbers are Swift's descriptions: the shortest decimals that read back to the same value.
public protocol LogRow: Equatable, Sendable {
  /// The names in the file's first line; the first is `iteration`.
  static var columns: [String] { get }

  /// The completed iterations that the row is about.
  var iteration: Int { get }
  /// The row's text, one for each of ``columns``.
  var fields: [String] { get }

  /// Reads a row's text; nil unless there is one of the right form for each of ``columns``.
  ///
  /// - Parameter fields: the row's text.
  init?(fields: [String])
}

/// A row of `train.csv`: training since the row before.
public struct TrainRow: LogRow {
  /// The names in the file's first line.
  public static let columns = ["iteration", "epoch", "learning_rate", "loss", "error"]

  /// Completed iterations.
  public let iteration: Int
  /// Images seen, divided by the training images.
  public let epoch: Double
  /// The learning rate of the step just done.
  public let learningRate: Double
  /// The mean cross-entropy, in training mode.
  public let loss: Double
  /// The fraction of images that were classified wrongly, in training mode.
  public let error: Double

  /// Makes a row.
  package init(iteration: Int, epoch: Double, learningRate: Double, loss: Double, error: Double) {
    self.iteration = iteration
    self.epoch = epoch
    self.learningRate = learningRate
    self.loss = loss
    self.error = error
  }
}

extension TrainRow {
  /// The row's text.
  public var fields: [String] {
    ["\(iteration)", "\(epoch)", "\(learningRate)", "\(loss)", "\(error)"]
  }

  /// Reads a row's text.
  ///
  /// - Parameter fields: the row's text.
  public init?(fields: [String]) {
    guard fields.count == Self.columns.count, let iteration = Int(fields[0]),
      let epoch = Double(fields[1]), let learningRate = Double(fields[2]),
      let loss = Double(fields[3]), let error = Double(fields[4])
    else { return nil }
    self.init(
      iteration: iteration, epoch: epoch, learningRate: learningRate, loss: loss, error: error)
  }
}

/// A row of `evaluation.csv`: an evaluation on images that were not trained on.
public struct EvaluationRow: LogRow {
  /// The names in the file's first line.
  public static let columns = ["iteration", "epoch", "train_error", "test_loss", "test_error"]

  /// Completed iterations.
  public let iteration: Int
  /// Images seen, divided by the training images.
  public let epoch: Double
  /// The fraction of training images that were classified wrongly since the row before.
  public let trainError: Double
  /// The mean cross-entropy of the evaluated images.
  public let testLoss: Double
  /// The fraction of evaluated images that were classified wrongly.
  public let testError: Double

  /// Makes a row.
  package init(
    iteration: Int, epoch: Double, trainError: Double, testLoss: Double, testError: Double
  ) {
    self.iteration = iteration
    self.epoch = epoch
    self.trainError = trainError
    self.testLoss = testLoss
    self.testError = testError
  }
}

extension EvaluationRow {
  /// The row's text.
  public var fields: [String] {
    ["\(iteration)", "\(epoch)", "\(trainError)", "\(testLoss)", "\(testError)"]
  }

  /// Reads a row's text.
  ///
  /// - Parameter fields: the row's text.
  public init?(fields: [String]) {
    guard fields.count == Self.columns.count, let iteration = Int(fields[0]),
      let epoch = Double(fields[1]), let trainError = Double(fields[2]),
      let testLoss = Double(fields[3]), let testError = Double(fields[4])
    else { return nil }
    self.init(
      iteration: iteration, epoch: epoch, trainError: trainError, testLoss: testLoss,
      testError: testError)
  }
}

/// A row of `hashes.csv`: the weights at an evaluation.
public struct HashRow: LogRow {
  /// The names in the file's first line.
  public static let columns = ["iteration", "weights_sha256"]

  /// Completed iterations.
  public let iteration: Int
  /// SHA-256 of the weights, hexadecimal digits.
  public let weightsDigest: String

  /// Makes a row.
  package init(iteration: Int, weightsDigest: String) {
    self.iteration = iteration
    self.weightsDigest = weightsDigest
  }
}

extension HashRow {
  /// The row's text.
  public var fields: [String] { ["\(iteration)", weightsDigest] }

  /// Reads a row's text.
  ///
  /// - Parameter fields: the row's text.
  public init?(fields: [String]) {
    guard fields.count == Self.columns.count, let iteration = Int(fields[0]),
      fields[1].unicodeScalars.allSatisfy({ $0.properties.isASCIIHexDigit })
    else { return nil }
    self.init(iteration: iteration, weightsDigest: fields[1])
  }
}

/// A row of `timing.csv`: the time of training steps since the row before.
public struct TimingRow: LogRow {
  /// More than the steps between two rows can take: some decades.
  package static let mostSeconds = 1e9
  /// The names in the file's first line.
  public static let columns = ["iteration", "ranks", "seconds", "images_per_second"]

  /// Completed iterations.
  public let iteration: Int
  /// The number of ranks.
  public let ranks: Int
  /// Seconds of all steps, without evaluations and checkpoints.
  public let seconds: Double
  /// The rate of training.
  public let imagesPerSecond: Double

  /// Makes a row.
  package init(iteration: Int, ranks: Int, seconds: Double, imagesPerSecond: Double) {
    self.iteration = iteration
    self.ranks = ranks
    self.seconds = seconds
    self.imagesPerSecond = imagesPerSecond
  }
}

extension TimingRow {
  /// The row's text.
  public var fields: [String] {
    ["\(iteration)", "\(ranks)", "\(seconds)", "\(imagesPerSecond)"]
  }

  /// Reads a row's text.
  ///
  /// - Parameter fields: the row's text.
  public init?(fields: [String]) {
    guard fields.count == Self.columns.count, let iteration = Int(fields[0]),
      let ranks = Int(fields[1]), let seconds = Double(fields[2]),
      let imagesPerSecond = Double(fields[3])
    else { return nil }
    self.init(
      iteration: iteration, ranks: ranks, seconds: seconds, imagesPerSecond: imagesPerSecond)
  }
}
