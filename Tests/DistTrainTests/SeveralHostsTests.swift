import Foundation
import Testing

extension EndToEnd.More {
  @Suite(
    .enabled(
      if: NetworkNamespaces.arePermitted,
      "needs network namespaces: root on a machine with ip, rather than in a container"))
  struct SeveralHosts {
    private func train(on hosts: NetworkNamespaces, folder: String, _ flags: [String]) throws
      -> CommandRun
    {
      try CommandRun(
        hosts.mpirun([CommandRun.disttrain] + ShortRun.flags + ["--run", folder] + flags))
    }

    @Test(arguments: [
      ([2, 1], "3 ranks on 2 hosts, reductions within hosts first\n", []),
      (
        [3, 2], "5 ranks on 2 hosts, reductions within hosts first\n",
        ["--shortcut", "C", "--bn-group", "64", "--evaluate-every", "0"]
      ),
      ([1, 1], "2 ranks on 2 hosts\n", ["--depth", "14", "--evaluate-every", "0"]),
    ])
    func severalHostsGiveTheBytesOfOneRank(
      ranks: [Int], banner: String, flags: [String]
    ) throws {
      let one = try ShortRun(flags)
      try #require(one.run.status == 0, "\(one.run.errors)")
      let folder = TemporaryFolder()
      let many = try train(
        on: NetworkNamespaces(ranks: ranks), folder: folder.file("run"), flags)
      #expect(many.status == 0, "\(many.errors)")
      #expect(many.output.contains(banner), "\(many.output)")
      #expect(one.run.lastLine.hasPrefix("weights sha256 ") && many.lastLine == one.run.lastLine)
      for file in ShortRun.files {
        #expect(difference(folder.file("run/\(file)"), one.file(file)) == nil)
      }
    }

    /// With reductions within hosts first, ranks of the other host wait for its neighbour.
    @Test func aRankThatHangsOnAnotherHostIsNamedInOneLine() throws {
      let folder = TemporaryFolder()
      let hosts = try NetworkNamespaces(ranks: [2, 2])
      let running = try RunningCommand(
        hosts.mpirun(
          [CommandRun.disttrain] + ShortRun.flags + [
            "--iterations", "100000", "--evaluate-every", "0", "--timeout", "8", "--run",
            folder.file("run"),
          ]))
      defer { kill(running.process.processIdentifier, SIGKILL) }
      #expect(running.wait { running.output.contains("iteration 4/") })
      let process = try #require(
        RunningCommand.process(ofRank: 3, argument: folder.file("run")))
      kill(process, SIGSTOP)
      defer { kill(process, SIGKILL) }
      try running.finish(timeout: 120).expectWatchdog(naming: 3)
    }

    /// Its own host shows it, so rank 0 of the other one, which sees nothing, lets that speak first.
    @Test func aRankThatIsStoppedOnAnotherHostBeforeMPIIsUpIsNamedInOneLine() throws {
      let folder = TemporaryFolder()
      let hosts = try NetworkNamespaces(ranks: [2, 2])
      let running = try RunningCommand(
        hosts.mpirun(
          CommandRun.stopping(rank: 3) + [CommandRun.disttrain] + ShortRun.flags + [
            "--timeout", "8", "--run", folder.file("run"),
          ]))
      defer { kill(running.process.processIdentifier, SIGKILL) }
      try running.finish(timeout: 120).expectWatchdog(naming: 3)
    }
  }
}
