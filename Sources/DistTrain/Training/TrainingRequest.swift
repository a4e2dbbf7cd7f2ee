import ResNet

/// What `train` was asked to do.
public struct TrainingRequest: Sendable {
  /// The flags that decide the weights and the logs.
  public var overrides = ConfigurationOverrides()
  /// `--data`: where the data set is.
  public var dataFolder: String?
  /// `--init-weights`: a file of initial weights.
  public var initialWeights: String?
  /// `--run`: the run folder.
  public var runFolder: String?
  /// `--resume`: whether to continue a run.
  public var resumes = false
  /// `--stop-after`: completed iterations after which to stop.
  public var stopAfter: Int?
  /// `--checkpoint-every`: iterations between checkpoints.
  public var checkpointEvery = 1000
  /// `--keep`: how many checkpoints stay.
  public var keep = 3
  /// `--timeout`: seconds after which the watchdog ends the job.
  public var timeout = 300.0
  /// Where rank 0's lines go.
  public var output = ConsoleOutput()
  /// Whether this process was asked to stop after a checkpoint; looked at between iterations and
  /// within evaluations.
  public var isStopRequested: @Sendable () -> Bool = { false }

  /// Makes a request of the defaults.
  public init() {}

  /// The flags that have to be the same on all ranks, with their values.
  var agreedFlags: [(name: String, value: String)] {
    overrides.givenFlags + [
      ("--resume", "\(resumes)"), ("--stop-after", stopAfter.map(String.init) ?? "none"),
      ("--checkpoint-every", "\(checkpointEvery)"),
      ("--init-weights", initialWeights == nil ? "none" : "a file"),
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
    try checkTimeout(timeout)
    if resumes {
      if runFolder == nil {
        throw Failure(.usage, "--resume needs --run: name the folder of the run to continue")
      }
    } else {
      try checkStop(iterations: Configuration.resolve(overrides).iterations, completed: 0)
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

extension ConfigurationOverrides {
  /// Every flag with its value as it was given, or none.
  var givenFlags: [(name: String, value: String)] {
    Mirror(reflecting: self).children.map { label, value in
      let words = (label ?? "").map { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }
      return ("--\(words.joined())", flagText(value) ?? "none")
    }
  }
}

/// A value as its flag would give it; nil for an optional of nothing.
func flagText(_ value: Any) -> String? {
  let mirror = Mirror(reflecting: value)
  if mirror.displayStyle == .optional {
    return mirror.children.first.flatMap { flagText($0.value) }
  }
  if let raw = (value as? any RawRepresentable)?.rawValue { return "\(raw)" }
  if let list = value as? [Any] { return list.map { "\($0)" }.joined(separator: ",") }
  return "\(value)"
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
