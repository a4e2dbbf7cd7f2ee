import Foundation
import Testing

import DistTrain

extension EndToEnd {
  /// Long waits that are no hangs.
  @Suite struct Waiting {
    private let folder = TemporaryFolder()

    private func command(_ flags: [String]) -> [String] {
      [
        CommandRun.disttrain, "train", "--dataset", "synthetic", "--depth", "8", "--global-batch",
        "16", "--evaluate-every", "0", "--log-every", "1", "--run", folder.file("run"),
      ] + flags
    }

    /// Each file that rank 0 waits for takes longer than the watchdog's patience.
    @Test(arguments: ["/step-", "/run/"])
    func aSlowDiskIsSaidAndWaitedFor(path: String) throws {
      let flags = ["--stop-after", "1", "--timeout", "4"]
      let run = try CommandRun(
        CommandRun.mpirun(3, command(flags)),
        environment: [
          "LD_PRELOAD": try Shim.library("file_system", in: folder), "SLOW_SYNC": "7",
          "SLOW_SYNC_PATH": path,
        ])
      #expect(run.status == 0 && run.lastLine.hasPrefix("weights sha256 "), "\(run.errors)")
      let notices = run.ownErrors
      #expect(notices.allSatisfy { $0.hasPrefix("disttrain: rank 0 has been saving for ") })
      // Once for each time that rank 0 writes.
      #expect(path == "/step-" ? notices.count == 1 : notices.count > 1, "\(run.errors)")
    }

    @Test func aPauseOfAllRanksIsNoHang() throws {
      let running = try RunningCommand(
        CommandRun.mpirun(
          3, command(["--iterations", "1000000", "--timeout", "5"])))
      #expect(running.wait { running.output.contains("iteration 4/") })
      let ranks = try (0..<3).map { rank in
        try #require(RunningCommand.process(ofRank: rank, argument: folder.file("run")))
      }
      for rank in ranks { kill(rank, SIGSTOP) }
      sleep(10)
      for rank in ranks { kill(rank, SIGCONT) }
      let rows = csvColumn(folder.file("run/train.csv"), "iteration").count
      #expect(
        running.wait { csvColumn(folder.file("run/train.csv"), "iteration").count > rows + 3 })
      kill(running.process.processIdentifier, SIGUSR1)
      let ended = running.finish(timeout: 60)
      #expect(ended.status == 75 && ended.ownErrors.count == 1, "\(ended.errors)")
    }
  }
}
