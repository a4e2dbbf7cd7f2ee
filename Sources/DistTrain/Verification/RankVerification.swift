import Foundation

/// The proof that some numbers of ranks train to the same bits on this machine: `verify`.
public struct RankVerification {
  private let ranks: [Int]
  private let isStopRequested: () -> Bool
  private let say: (String) throws(Failure) -> Void

  /// Makes a verification.
  ///
  /// - Parameters:
  ///   - ranks: the numbers of ranks.
  ///   - isStopRequested: whether to end without a result.
  ///   - say: told how it goes, line by line.
  /// - Throws: `Failure` of kind usage for numbers of ranks that cannot be.
  public init(
    ranks: [Int], isStopRequested: @escaping () -> Bool = { false },
    say: @escaping (String) throws(Failure) -> Void
  ) throws(Failure) {
    self.ranks = ranks
    self.isStopRequested = isStopRequested
    self.say = say
    for count in ranks { try Self.check(count, microShards: Self.microShards) }
    if ranks.count < 2 {
      throw Failure(.usage, "--ranks \(ranks.map(String.init).joined()) is one number; give two")
    }
  }

  /// Checks a number of ranks.
  static func check(_ ranks: Int, microShards: Int) throws(Failure) {
    if ranks < 1 { throw Failure(.usage, "--ranks \(ranks) is below 1; give at least 1") }
    if ranks > microShards {
      throw Failure(.usage, "--ranks \(ranks) is more than the \(microShards) micro-shards")
    }
  }

  /// What is trained: shards that most numbers of ranks cannot share evenly, projections, drops of
  /// the rate and evaluations, in seconds.
  private static let flags = [
    "--dataset", "synthetic", "--depth", "20", "--shortcut", "B", "--iterations", "16",
    "--milestones", "8,12", "--log-every", "4", "--evaluate-every", "8",
  ]
  private static let iterations = 16
  private static let microShards = Settings.table.microShards.defaultValue

  /// Trains at every number of ranks and compares.
  ///
  /// - Throws: `Failure`, of kind internal where bits differ; what was written then stays.
  public func run() throws(Failure) {
    let launcher = try Launcher()
    try say(
      "\(launcher.program.path) of \(Launcher.library) starts disttrain train "
        + Self.flags.joined(separator: " "))
    let runs = try TemporaryRuns()
    do throws(Failure) {
      try compare(launcher, runs)
    } catch {
      // What differs, or ended a rank, is to be looked at.
      if error.kind == .internal {
        throw Failure(error.kind, "\(error.message); the runs are in \(runs.path)")
      }
      runs.remove()
      throw error
    }
    runs.remove()
  }

  private func compare(
    _ launcher: Launcher, _ runs: TemporaryRuns
  ) throws(Failure) {
    var first: RunComparison.Side?
    var equal = RunComparison.EqualRows()
    for count in ranks {
      let start = monotonicSeconds()
      let folder = RunFolder("\(runs.path)/\(count)")
      try launcher.run(
        ranks: count, ["train", "--run", folder.path] + Self.flags, watch: { !isStopRequested() })
      if isStopRequested() { throw Failure(.interrupted, "stopped by a signal; run it again") }
      let side = RunComparison.Side(
        folder: folder, name: "at \(count) \(count == 1 ? "rank" : "ranks")")
      if let first {
        let comparison = RunComparison(left: first, right: side, iterations: Self.iterations)
        equal = try comparison.requireEqualLogs()
        try comparison.requireEqualFiles([\.configurationPath, \.modelPath, \.bestModelPath])
      }
      let digest = try [HashRow](contentsOf: folder.hashLogPath).last?.weightsDigest ?? ""
      try say(
        "\(side.name): weights sha256 \(digest), \(Int((monotonicSeconds() - start).rounded())) s")
      first = first ?? side
    }
    try say(
      "the same bits at \(ranks.map(String.init).joined(separator: ", ")) ranks: config.json, "
        + "\(equal.summary), model.safetensors, best.safetensors")
  }
}
