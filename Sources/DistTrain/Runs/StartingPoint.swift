/// What the first step of a training starts from, as rank 0 knows it.
enum StartingPoint {
  /// The seed's weights, or those of `--init-weights`.
  case initialWeights
  /// A checkpoint of another run.
  case other(Checkpoint)
  /// The newest checkpoint of the run itself.
  case own(Checkpoint)

  /// The state, if it is a stored one.
  var checkpoint: Checkpoint? {
    switch self {
    case .initialWeights: nil
    case .other(let checkpoint), .own(let checkpoint): checkpoint
    }
  }

  /// The state of the run itself, which its logs lead to.
  var ownCheckpoint: Checkpoint? {
    if case .own(let checkpoint) = self { checkpoint } else { nil }
  }

  /// Completed iterations.
  var iteration: Int { checkpoint?.iteration ?? 0 }

  /// The completed iterations with which the run began.
  var begin: Int {
    switch self {
    case .initialWeights: 0
    case .other(let checkpoint): checkpoint.iteration
    case .own(let checkpoint): checkpoint.begin
    }
  }

  /// The starting point of a run of this configuration.
  ///
  /// The sums since another run's last rows go on only where this one's rows come at the same
  /// iterations and mean the same; an evaluation that the other one owes is its own.
  ///
  /// - Parameter configuration: the run's, with the digest of its data.
  /// - Returns: where the run begins or goes on.
  /// - Throws: `Failure` if the configuration cannot be encoded.
  func adopted(by configuration: Configuration) throws(Failure) -> StartingPoint {
    guard case .other(var checkpoint) = self else { return self }
    var unbegun = configuration
    unbegun.fromSHA256 = nil
    let isSame = try unbegun.digest() == checkpoint.configurationDigest
    if !isSame { checkpoint.trainSums = RunningSums() }
    if !isSame || checkpoint.isEvaluationPending(configuration) {
      checkpoint.evaluationSums = RunningSums()
    }
    return .other(checkpoint)
  }
}

/// A checkpoint of another run, from which a new one begins.
struct ForeignCheckpoint {
  /// The state.
  let checkpoint: Checkpoint
  /// SHA-256 of the file.
  let digest: String
  private let path: String

  /// Reads the file.
  ///
  /// - Parameter path: the value of `--from`.
  /// - Throws: `Failure` of kind missingInput or inputOutput, or data if it is no sound checkpoint.
  init(contentsOf path: String) throws(Failure) {
    let bytes = try Files.read(path, remedy: "give --from a checkpoint of a run")
    self.path = path
    digest = SHA256.hexDigest(bytes)
    do throws(Failure) {
      checkpoint = try Checkpoint(Safetensors(bytes, file: path), iteration: nil, file: path)
    } catch {
      throw Failure(
        error.kind,
        "\(error.message); --from takes a file of a run's checkpoints, --init-weights weights alone"
      )
    }
  }

  /// Checks that a run can begin with it.
  ///
  /// - Parameter configuration: the run's.
  /// - Throws: `Failure` of kind data if it is of another network, or usage if the run's schedule
  ///   ends before it.
  func check(_ configuration: Configuration) throws(Failure) {
    let settings = Settings.table
    let network: [any SettingProtocol] = [
      settings.network, settings.depth, settings.shortcut, settings.stem, settings.classes,
    ]
    for setting in network {
      let (stored, own) = (checkpoint.metadata[setting.key], setting.text(in: configuration))
      if stored != own {
        throw Failure(
          .data,
          "\(path) is of a network with \(setting.key) \(stored ?? "unknown") where this run has "
            + "\(own ?? "none"); use the flags of its network")
      }
    }
    if checkpoint.iteration >= configuration.iterations {
      throw Failure(
        .usage,
        "--from \(path) is of iteration \(checkpoint.iteration), at or past --iterations "
          + "\(configuration.iterations); give a longer schedule or an earlier checkpoint")
    }
  }
}
