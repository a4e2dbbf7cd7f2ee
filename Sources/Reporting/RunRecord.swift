import DistTrain

/// What a run folder says of its run, finished or not: the configuration and the logs.
public struct RunRecord: Sendable {
  /// The folder.
  public let path: String
  /// What was trained and how.
  public let configuration: Configuration
  /// The rows of `train.csv`.
  public let training: [TrainRow]
  /// The rows of `evaluation.csv`.
  public let evaluations: [EvaluationRow]

  /// Reads a run folder.
  ///
  /// - Parameter path: the folder.
  /// - Throws: `Failure` of kind missingInput if it holds no run or lacks a log, inputOutput if it
  ///   cannot be read, or data if its files are of another program or damaged.
  public init(_ path: String) throws(Failure) {
    let folder = RunFolder(path)
    self.path = path
    configuration = try Configuration(
      json: Files.read(folder.configurationPath, remedy: "give the folder of a run"),
      file: folder.configurationPath)
    training = try Self.rows(folder.trainLogPath) { $0.isPlausible }
    evaluations = try Self.rows(folder.evaluationLogPath) { $0.isPlausible }
  }

  /// Reads a log, and checks what its rows say.
  static func rows<Row: LogRow>(
    _ path: String, _ isPlausible: (Row) -> Bool
  ) throws(Failure) -> [Row] {
    let rows = try [Row](contentsOf: path)
    var last = 0
    for row in rows {
      guard row.iteration > last, isPlausible(row) else {
        throw Failure(
          .data,
          "\(path) has the row \(row.fields.joined(separator: ",")), which cannot follow that of "
            + "iteration \(last); restore it, or give the folder of another run")
      }
      last = row.iteration
    }
    return rows
  }

  /// The last iteration that a log has a row of; 0 where none has any.
  public var lastIteration: Int {
    max(training.last?.iteration ?? 0, evaluations.last?.iteration ?? 0)
  }

  /// Whether the schedule is done.
  public var isFinished: Bool { lastIteration >= configuration.iterations }
}

extension TrainRow {
  /// Whether the numbers can be those of a training.
  fileprivate var isPlausible: Bool {
    epoch.isPlausibleEpoch && learningRate.isFinite && loss.isPlausibleLoss
      && (0...1).contains(error)
  }
}

extension EvaluationRow {
  /// Whether the numbers can be those of an evaluation.
  fileprivate var isPlausible: Bool {
    epoch.isPlausibleEpoch && testLoss.isPlausibleLoss && (0...1).contains(trainError)
      && (0...1).contains(testError)
  }
}

extension TimingRow {
  /// Whether the numbers can be those of training steps.
  var isPlausible: Bool {
    ranks > 0 && seconds > 0 && seconds <= Self.mostSeconds && (0...1e12).contains(imagesPerSecond)
  }
}

extension Double {
  /// Whether a run can have come so far.
  fileprivate var isPlausibleEpoch: Bool { self > 0 && self <= 1e12 }
  /// Whether single-precision losses can have this mean.
  fileprivate var isPlausibleLoss: Bool {
    (0...Double(Float.greatestFiniteMagnitude)).contains(self)
  }
}
