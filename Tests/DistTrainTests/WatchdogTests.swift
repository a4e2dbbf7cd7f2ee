import Foundation
import Testing

extension EndToEnd {
  /// A rank that hangs ends the whole run, which says which one it was.
  @Suite struct Watchdog {
    private let folder = TemporaryFolder()

    /// Patient enough that ranks that only wait for a core are not taken for stopped.
    @Test(arguments: [(2, 1), (4, 2), (4, 0)])
    func aStoppedRankIsNamedInOneLine(ranks: Int, stopped: Int) throws {
      let path = folder.file("run")
      let running = try RunningCommand(
        CommandRun.mpirun(
          ranks,
          [CommandRun.disttrain] + ShortRun.flags + [
            "--iterations", "100000", "--evaluate-every", "0", "--timeout", "8", "--run", path,
          ]))
      defer { kill(running.process.processIdentifier, SIGKILL) }
      #expect(running.wait { running.output.contains("iteration 4/") })
      let process = try #require(RunningCommand.process(ofRank: stopped, argument: path))
      kill(process, SIGSTOP)
      defer { kill(process, SIGKILL) }
      try running.finish(timeout: 90).expectWatchdog(naming: stopped)
    }

    /// MPI waits for it as long as it takes, and ranks cannot talk yet.
    @Test(arguments: [0, 2]) func aRankThatIsStoppedBeforeMPIIsUpIsNamedToo(stopped: Int) throws {
      let running = try RunningCommand(
        CommandRun.mpirun(
          3,
          CommandRun.stopping(rank: stopped) + [CommandRun.disttrain] + ShortRun.flags + [
            "--timeout", "8", "--run", folder.file("run"),
          ]))
      defer { kill(running.process.processIdentifier, SIGKILL) }
      let ended = running.finish(timeout: 90)
      try ended.expectWatchdog(naming: stopped)
      #expect(ended.errors.contains(": iteration 0, start of MPI waited "), "\(ended.errors)")
    }
  }
}

extension CommandRun {
  /// Words before a command under mpirun, of which one rank is stopped before it begins.
  static func stopping(rank: Int) -> [String] {
    ["sh", "-c", #"[ "$OMPI_COMM_WORLD_RANK" = \#(rank) ] && kill -STOP $$; exec "$@""#, "sh"]
  }

  /// Expects that the watchdog ended the run, with one line of another rank that names one.
  func expectWatchdog(
    naming stopped: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(status == 70, "\(errors)", sourceLocation: sourceLocation)
    let lines = errors.split(separator: "\n").filter { $0.contains("watchdog: ") }
    #expect(lines.count == 1, "\(errors)", sourceLocation: sourceLocation)
    let form = #/watchdog: rank (\d+) on .+: iteration \d+, .+ waited \d+ s; not heard from: (.+)/#
    let line = try #require(
      lines.first?.wholeMatch(of: form), "\(errors)", sourceLocation: sourceLocation)
    #expect(
      Int(line.1) != stopped && line.2 == "\(stopped)", "\(errors)",
      sourceLocation: sourceLocation)
  }
}
