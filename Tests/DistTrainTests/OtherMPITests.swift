import Foundation
import Testing

import DistTrain

private let hasMPICH =
  (try? CommandRun(["pkg-config", "--exists", "mpich"]))?.status == 0
  && (try? CommandRun(["mpiexec.mpich", "--version"]))?.status == 0

extension EndToEnd.More {
  /// The same bits whatever carries the messages.
  @Suite struct OtherMPI {
    private static let training = [
      "train", "--dataset", "synthetic", "--depth", "8", "--global-batch", "32", "--iterations",
      "4", "--log-every", "1", "--evaluate-every", "4",
    ]

    /// One rank alone, which sends no message.
    private static let alone = Result {
      let folder = TemporaryFolder()
      let run = try CommandRun.disttrain(training + ["--run", folder.path])
      try #require(run.lastLine.hasPrefix("weights sha256 "), "\(run.errors)")
      return (folder: folder, hash: run.lastLine)
    }

    private let folder = TemporaryFolder()

    /// Trains under a launcher with its flags, and compares what one rank alone wrote.
    private func compare(_ launcher: [String], program: String = CommandRun.disttrain) throws {
      let alone = try Self.alone.get()
      let run = try CommandRun(launcher + [program] + Self.training + ["--run", folder.path])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("\nranks       3 ranks on "), "\(run.output)")
      #expect(run.lastLine == alone.hash)
      for name in ["train.csv", "evaluation.csv", "model.safetensors"] {
        #expect(difference(folder.file(name), alone.folder.file(name)) == nil)
      }
    }

    @Test(arguments: ["vader", "tcp"])
    func transportsOfOpenMPITrainToTheSameBits(transport: String) throws {
      try compare(
        CommandRun.mpirun(3, ["--mca", "pml", "ob1", "--mca", "btl", "\(transport),self"]))
    }

    @Test(.enabled(if: hasUCX, "mpirun has no pml ucx")) func ucxTrainsToTheSameBits() throws {
      try compare(CommandRun.mpirun(3, UCX.transport))
    }

    /// The program linked against MPICH.
    @Suite(.enabled(if: hasMPICH, "needs mpich and libmpich-dev")) struct MPICH {
      private static let program = Result {
        try buildProduct("mpich", environment: ["DISTTRAIN_MPI": "mpich"])
      }

      private let folder = TemporaryFolder()

      @Test(arguments: ["mpiexec.mpich", "mpiexec.hydra"])
      func itTrainsToTheSameBits(launcher: String) throws {
        try OtherMPI().compare([launcher, "-n", "3"], program: Self.program.get())
      }

      /// Which comes first on the search path, and has MPICH's number.
      @Test func verifyPassesOverTheLauncherOfOpenMPI() throws {
        let version = try #require(
          Launcher.version(in: try CommandRun(["mpiexec.mpich", "--version"]).output))
        let other = folder.file("mpirun")
        try "#!/bin/sh\necho 'mpirun (Open MPI) \(version)'\n".write(
          toFile: other, atomically: true, encoding: .utf8)
        chmod(other, 0o755)
        let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let run = try CommandRun(
          [Self.program.get(), "verify", "--ranks", "1,2"],
          environment: ["PATH": "\(folder.path):\(search)"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("/mpiexec.hydra of MPICH Version: \(version) starts "))
        #expect(run.output.contains("\nthe same bits at 1, 2 ranks: "), "\(run.output)")
      }

      @Test func theLauncherOfOpenMPIIsRefused() throws {
        let run = try CommandRun(
          CommandRun.mpirun(2, [Self.program.get()]) + OtherMPI.training
            + ["--run", folder.file("run")])
        #expect(run.status == 69)
        #expect(run.ownErrors.count == 1, "\(run.errors)")
        #expect(run.errors.contains("the launcher belongs to another MPI than this program"))
      }

      @Test func codesPassThroughItsLauncher() throws {
        let run = try CommandRun(
          ["mpiexec.mpich", "-n", "3", Self.program.get()] + OtherMPI.training
            + ["--run", folder.file("run"), "--init-weights", folder.file("nothing")])
        #expect(run.status == 66)
        #expect(run.ownErrors.count == 1, "\(run.errors)")
      }
    }
  }
}
