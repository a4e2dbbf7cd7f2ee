import ResNet

/// What `train` was asked to do.
public struct TrainingRequest: Sendable {
  /// Seconds after which the watchdog ends a job, of whatever command.
  package static let defaultTimeout = 300.0

  /// What is given of the configuration.
  public var settings = PartialConfiguration()
  /// `--data`: where the data set is.
  public var dataFolder: String?
  /// `--init-weights`: a file of initial weights.
  public var initialWeights: String?
  /// `--from`: a checkpoint of another run to begin with.
  public var from: String?
  /// `--run`: the run folder.
  public var runFolder: String?
  /// `--resume`: whether to continue a run.
  public var resumes = false
  /// `--stop-after`: completed iterations after which to stop.
  public var stopAfter: Int?
  /// `--time-limit`: minutes after which to stop with a checkpoint.
  public var timeLimit: Double?
  /// `--checkpoint-every`: iterations between checkpoints.
  public var checkpointEvery = 1000
  /// `--keep`: how many checkpoints stay.
  public var keep = 3
  /// `--tensorboard`: whether rows of logs become events of TensorBoard as well.
  public var writesTensorBoardEvents = false
  /// `--timeout`: seconds after which the watchdog ends the job.
  public var timeout = Self.defaultTimeout
  /// Where rank 0's lines go.
  public var output = ConsoleOutput()
  /// Whether this process was asked to stop after a checkpoint; looked at between iterations and
  /// within evaluations.
  public var isStopRequested: @Sendable () -> Bool = { false }

  /// Makes a request of the defaults.
  public init() {}

  /// The flags that have to be the same on all ranks, with their values.
  var agreedFlags: [(name: String, value: String)] {
    settings.agreedFlags + [
      ("--resume", "\(resumes)"), ("--stop-after", stopAfter.map(String.init) ?? "none"),
      ("--checkpoint-every", "\(checkpointEvery)"),
      ("--init-weights", initialWeights == nil ? "none" : "a file"),
      ("--from", from == nil ? "none" : "a file"),
    ]
  }

  /// Checks all flags as far as nothing stored is needed, before MPI is up.
  ///
  /// - Throws: `Failure` of kind usage that names the flag, its value and the remedy.
  public func check() throws(Failure) {
    for (flag, count) in [("--checkpoint-every", checkpointEvery), ("--keep", keep)]
    where count < 1 {
      throw Failure(.usage, "\(flag) \(count) is below 1; give at least 1")
    }
    if let stopAfter, stopAfter < 1 {
      throw Failure(.usage, "--stop-after \(stopAfter) is below 1; give at least 1")
    }
    if let timeLimit, !(timeLimit > 0 && timeLimit.isFinite) {
      throw Failure(.usage, "--time-limit \(timeLimit) is not a positive number of minutes")
    }
    if from != nil && initialWeights != nil {
      throw Failure(
        .usage,
        "--from contradicts --init-weights, since a checkpoint has weights of its own; drop one")
    }
    try checkTimeout(timeout)
    if resumes {
      if runFolder == nil {
        throw Failure(.usage, "--resume needs --run: name the folder of the run to continue")
      }
    } else {
      try checkStop(iterations: Configuration(settings).iterations, completed: 0)
    }
  }

  /// Checks that the run stops after what is completed and within its schedule.
  ///
  /// - Parameters:
  ///   - iterations: the length of the schedule.
  ///   - completed: the iterations of the checkpoint that is continued.
  /// - Throws: `Failure` of kind usage.
  func checkStop(iterations: Int, completed: Int) throws(Failure) {
    guard let stopAfter else { return }
    if stopAfter > iterations || stopAfter < completed {
      throw Failure(
        .usage,
        "--stop-after \(stopAfter) is not between the \(completed) completed and the "
          + "\(iterations) scheduled iterations")
    }
  }
}

/// Checks the watchdog's patience.
///
/// - Parameter seconds: the value of `--timeout`.
/// - Throws: `Failure` of kind usage.
func checkTimeout(_ seconds: Double) throws(Failure) {
  if !(seconds > 0) {
    throw Failure(.usage, "--timeout \(seconds) is not a positive number of seconds")
  }
}
