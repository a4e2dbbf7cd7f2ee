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
            "--iterations", "100000", "--evaluate-every", "0", "--timeout", "15", "--run", path,
          ]))
      defer { kill(running.process.processIdentifier, SIGKILL) }
      #expect(running.wait { running.output.contains("iteration 4/") })
      let process = try #require(RunningCommand.process(ofRank: stopped, argument: path))
      kill(process, SIGSTOP)
      defer { kill(process, SIGKILL) }
      let ended = running.finish(timeout: 90)
      #expect(ended.status == 70, "\(ended.errors)")
      let lines = ended.errors.split(separator: "\n").filter { $0.contains("watchdog: ") }
      #expect(lines.count == 1, "\(ended.errors)")
      let form =
        #/watchdog: rank (\d+) on .+: iteration \d+, .+ waited \d+ s; not heard from: (.+)/#
      let line = try #require(lines.first?.wholeMatch(of: form), "\(ended.errors)")
      #expect(Int(line.1) != stopped && line.2 == "\(stopped)", "\(ended.errors)")
    }
  }
}
