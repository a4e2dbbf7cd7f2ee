/// The proof that a published run can be repeated: its first iterations once more, and its logs and
/// hashes compared with what they give: `verify --published`.
public struct PublishedRunVerification {
  /// What is repeated, and how.
  public struct Request {
    /// The published run folder: at least `config.json`, `train.csv`, `evaluation.csv` and
    /// `hashes.csv`.
    public var folder = ""
    /// How many iterations are repeated; nil for 391, or all of a shorter schedule.
    public var iterations: Int?
    /// At which numbers of ranks; nil for one rank a core, as far as there are micro-shards.
    public var ranks: [Int]?
    /// `--data`: where the data set is.
    public var dataFolder: String?
    /// Whether to end without a result.
    public var isStopRequested: () -> Bool = { false }

    /// Makes a request of the defaults.
    public init() {}
  }

  private let request: Request
  private let configuration: Configuration
  private let iterations: Int
  private let ranks: [Int]
  private let say: (String) throws(Failure) -> Void

  /// Makes a verification.
  ///
  /// - Parameters:
  ///   - request: what is repeated.
  ///   - say: told how it goes, line by line.
  /// - Throws: `Failure` of kind usage, missingInput, data or inputOutput if the run cannot be repeated
  ///   as asked.
  public init(
    _ request: Request, say: @escaping (String) throws(Failure) -> Void
  ) throws(Failure) {
    self.request = request
    self.say = say
    let path = RunFolder(request.folder).configurationPath
    configuration = try Configuration(
      json: Files.read(path, remedy: "give the folder of a published run"), file: path)
    iterations = request.iterations ?? min(391, configuration.iterations)
    ranks = request.ranks ?? [min(max(HostCores().physical, 1), configuration.microShards)]
    for count in ranks {
      try RankVerification.check(count, microShards: configuration.microShards)
    }
    let first = min(
      configuration.logEvery, configuration.evaluateEvery > 0 ? configuration.evaluateEvery : .max)
    if iterations < first || iterations > configuration.iterations {
      throw Failure(
        .usage,
        "--iterations \(iterations) is not in \(first)…\(configuration.iterations): the "
          + "first row of \(request.folder) is after \(first), and its schedule ends")
    }
    if configuration.initialWeightsSHA256 != nil || configuration.fromSHA256 != nil {
      throw Failure(
        .usage,
        "\(request.folder) begins with a file of weights, and only runs that begin with a seed can "
          + "be repeated")
    }
  }

  /// Repeats the iterations at every number of ranks and compares.
  ///
  /// - Throws: `Failure`, of kind internal where something differs.
  public func run() throws(Failure) {
    let launcher = try Launcher()
    let published = RunComparison.Side(folder: RunFolder(request.folder), name: "as published")
    try say(
      "\(request.folder): \(configuration.networkName), \(configuration.dataset.rawValue), seed "
        + "\(configuration.seed), the first \(iterations) of \(configuration.iterations) "
        + "iterations")
    let runs = try TemporaryRuns()
    defer { runs.remove() }
    for count in ranks {
      let start = monotonicSeconds()
      let folder = try runs.makeRun("\(count)", configuration)
      try launcher.run(
        ranks: count, arguments(folder), watch: { !request.isStopRequested() })
      if request.isStopRequested() {
        throw Failure(.interrupted, "stopped by a signal; run it again")
      }
      let ranks = "at \(count) \(count == 1 ? "rank" : "ranks")"
      let equal = try RunComparison(
        left: published, right: .init(folder: folder, name: ranks), iterations: iterations
      ).requireEqualLogs()
      let seconds = Int((monotonicSeconds() - start).rounded())
      try say("the same bits \(ranks): \(equal.summary), \(seconds) s")
    }
  }

  private func arguments(_ folder: RunFolder) -> [String] {
    ["train", "--run", folder.path, "--resume", "--stop-after", "\(iterations)"]
      + (request.dataFolder.map { ["--data", $0] } ?? [])
  }
}
