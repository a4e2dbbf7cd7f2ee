/// What `reproduce` was asked to do.
public struct ReproductionRequest: Sendable {
  /// Which figure.
  public var figure: PaperFigure
  /// `--into`: the folder of the run folders.
  public var folder = ""
  /// `--seeds`.
  public var seeds: [UInt64] = [1]
  /// What is given of the configuration: recipe, data set, schedule.
  public var settings = PartialConfiguration()
  /// `--data`: where the data set is.
  public var dataFolder: String?
  /// `--checkpoint-every`: iterations between checkpoints.
  public var checkpointEvery = TrainingRequest().checkpointEvery
  /// `--timeout`: seconds after which the watchdog ends the job.
  public var timeout = TrainingRequest.defaultTimeout
  /// Where rank 0's lines go.
  public var output = ConsoleOutput()
  /// Whether this process was asked to stop after a checkpoint.
  public var isStopRequested: @Sendable () -> Bool = { false }

  /// Makes a request of the defaults.
  ///
  /// - Parameter figure: which figure.
  public init(_ figure: PaperFigure) { self.figure = figure }

  /// Checks all flags as far as nothing stored is needed, before MPI is up.
  ///
  /// - Throws: `Failure` of kind usage that names the flag, its value and the remedy.
  public func check() throws(Failure) {
    if seeds.isEmpty || Set(seeds).count < seeds.count {
      let text = seeds.map(String.init).joined(separator: ",")
      throw Failure(.usage, "--seeds \(text) has a seed twice, or none; give each once")
    }
    for entry in try entries() { try training(entry).check() }
  }

  /// A network with a seed: what one run folder is for.
  struct Entry {
    /// The name of its folder: `plain-20-seed1`.
    let name: String
    let configuration: Configuration
    let settings: PartialConfiguration
  }

  /// All trainings, in their order.
  ///
  /// A given number of iterations puts the milestones at a half and three quarters of it, as the
  /// paper's are.
  ///
  /// - Throws: `Failure` of kind usage.
  func entries() throws(Failure) -> [Entry] {
    var entries: [Entry] = []
    for seed in seeds {
      for network in figure.networks {
        var given = settings
        given.network = network.kind
        given.depth = network.depth
        given.seed = seed
        if network.kind == .residual { given.shortcut = network.shortcut }
        if let iterations = settings.iterations {
          given.milestones = [iterations / 2, iterations * 3 / 4]
        }
        entries.append(
          Entry(
            name: "\(network.name)-seed\(seed)", configuration: try Configuration(given),
            settings: given))
      }
    }
    return entries
  }

  /// The folder of a training.
  func path(of entry: Entry) -> String { "\(folder)/\(entry.name)" }

  /// What one training is asked to do; its output is still to be set.
  func training(_ entry: Entry) -> TrainingRequest {
    var request = TrainingRequest()
    request.settings = entry.settings
    request.dataFolder = dataFolder
    request.runFolder = path(of: entry)
    request.checkpointEvery = checkpointEvery
    request.timeout = timeout
    request.isStopRequested = isStopRequested
    return request
  }
}
