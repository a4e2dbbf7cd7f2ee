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

  /// Makes a request of the defaults.
  public init() {}

  /// Everything that has to be the same on all ranks.
  var fingerprint: String { "\(overrides) \(resumes) \(stopAfter.map(String.init) ?? "")" }

  /// Checks the flags that `config.json` does not hold.
  ///
  /// - Throws: `Failure` of kind usage.
  func check(iterations: Int, completed: Int) throws(Failure) {
    if let stopAfter, stopAfter > iterations || stopAfter < max(completed, 1) {
      throw Failure(
        .usage,
        "--stop-after \(stopAfter) is not between the \(max(completed, 1)) completed and the "
          + "\(iterations) scheduled iterations")
    }
    if checkpointEvery < 1 {
      throw Failure(.usage, "--checkpoint-every \(checkpointEvery) is below 1")
    }
    if keep < 1 { throw Failure(.usage, "--keep \(keep) is below 1") }
    if !(timeout > 0) { throw Failure(.usage, "--timeout \(timeout) is not a positive number") }
  }
}
