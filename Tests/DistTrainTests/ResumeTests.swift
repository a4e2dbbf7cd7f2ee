import Foundation
import Testing

import DistTrain

extension EndToEnd {
  @Suite struct Resume {
    @Test func stoppedAtTwoRanksAndResumedAtThreeIsTheUninterruptedRun() throws {
      let whole = try ShortRun()
      let folder = TemporaryFolder()
      let path = folder.file("run")
      // The sums of iteration 5 since row 4 and the evaluation after 4 are in the checkpoint.
      let stopped = try CommandRun.disttrain(
        ShortRun.flags + ["--run", path, "--stop-after", "5"], ranks: 2)
      #expect(stopped.status == 0 && stopped.lastLine.hasPrefix("weights sha256 "))
      #expect(stopped.lastLine != whole.run.lastLine)
      #expect(fileBytes("\(path)/model.safetensors") == nil)
      #expect(csvColumn("\(path)/evaluation.csv", "iteration") == ["4"])
      let resumed = try CommandRun.disttrain(["train", "--run", path, "--resume"], ranks: 3)
      #expect(resumed.lastLine == whole.run.lastLine, "\(resumed.errors)")
      for file in ShortRun.files {
        #expect(difference("\(path)/\(file)", whole.file(file)) == nil)
      }
      #expect(csvColumn("\(path)/timing.csv", "ranks") == ["2", "2", "3"])
      let before = snapshot(path)
      let again = try CommandRun.disttrain(["train", "--run", path, "--resume"])
      #expect(again.status == 0 && again.lastLine == whole.run.lastLine)
      let after = snapshot(path)
      #expect(Set(after.keys.filter { after[$0] != before[$0] }) == ["log.txt"])
    }

    /// 391 iterations of 128 images are the first epoch of 50,000 and 48 images of the second.
    ///
    /// The training starts there from a checkpoint whose iteration is raised.
    @Test func everyCheckpointAroundAnEpochsEdgeContinuesToTheSameBytes() throws {
      let folder = TemporaryFolder()
      let path = folder.file("whole")
      let short = try CommandRun.disttrain(
        [
          "train", "--dataset", "synthetic", "--depth", "8", "--iterations", "394", "--log-every",
          "1000", "--evaluate-every", "0", "--stop-after", "1", "--run", path,
        ])
      try #require(short.status == 0, "\(short.errors)")
      let first = "\(path)/checkpoints/step-00000001.safetensors"
      var checkpoint = try Checkpoint(Safetensors(contentsOf: first), iteration: 1, file: first)
      checkpoint.iteration = 388
      try Data(checkpoint.content().encoded()).write(
        to: URL(fileURLWithPath: "\(path)/checkpoints/step-00000388.safetensors"))
      try FileManager.default.removeItem(atPath: first)
      let resume = ["train", "--resume", "--checkpoint-every", "1", "--keep", "7", "--run"]
      let whole = try CommandRun.disttrain(resume + [path], ranks: 2)
      try #require(whole.status == 0, "\(whole.errors)")
      for (index, iteration) in (389...393).enumerated() {
        let copy = folder.file("from-\(iteration)")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        for later in iteration + 1...394 {
          try FileManager.default.removeItem(
            atPath: "\(copy)/checkpoints/step-00000\(later).safetensors")
        }
        try FileManager.default.removeItem(atPath: "\(copy)/model.safetensors")
        let resumed = try CommandRun.disttrain(resume + [copy], ranks: index % 3 + 1)
        #expect(resumed.lastLine == whole.lastLine, "from \(iteration): \(resumed.errors)")
        for file in ["train.csv", "model.safetensors", "checkpoints/step-00000394.safetensors"] {
          #expect(difference("\(copy)/\(file)", "\(path)/\(file)") == nil)
        }
      }
    }

    @Test(arguments: [true, false])
    func anUnsoundNewestCheckpointIsPassedOverForTheOneBefore(isCut: Bool) throws {
      let run = try ShortRun(["--evaluate-every", "0"])
      let newest = run.file("checkpoints/step-00000006.safetensors")
      let kept = run.folder.file("kept")
      try FileManager.default.copyItem(atPath: newest, toPath: kept)
      if isCut {
        #expect(truncate(newest, 100_000) == 0)
      } else {
        // One bit of one weight.
        var bytes = try #require(fileBytes(newest))
        bytes[bytes.count - 1000] ^= 4
        try Data(bytes).write(to: URL(fileURLWithPath: newest))
      }
      let resumed = try CommandRun.disttrain(
        ["train", "--run", run.file(""), "--resume"], ranks: 2)
      #expect(resumed.lastLine == run.run.lastLine)
      #expect(resumed.errors.contains("step-00000006.safetensors"), "\(resumed.errors)")
      #expect(difference(newest, kept) == nil)
    }

    @Test func onlyTheNewestCheckpointsAreKept() throws {
      let run = try ShortRun([
        "--evaluate-every", "0", "--global-batch", "32", "--checkpoint-every", "1", "--keep", "2",
      ])
      let names = try FileManager.default.contentsOfDirectory(atPath: run.file("checkpoints"))
      #expect(names.sorted() == ["step-00000005.safetensors", "step-00000006.safetensors"])
    }
  }

  @Suite struct Interruption {
    private static let flags = [
      "train", "--dataset", "synthetic", "--depth", "8", "--global-batch", "32", "--iterations",
      "40", "--train-images", "45000", "--log-every", "5", "--evaluate-every", "25",
      "--checkpoint-every", "10", "--run",
    ]

    private let folder = TemporaryFolder()
    private var path: String { folder.file("run") }
    private var whole: String { folder.file("whole") }

    /// Trains without interruption, resumes the interrupted run and compares.
    private func compare(resumedAt ranks: Int) throws {
      let uninterrupted = try CommandRun.disttrain(Self.flags + [whole], ranks: 2)
      try #require(uninterrupted.status == 0, "\(uninterrupted.errors)")
      let resumed = try CommandRun.disttrain(["train", "--run", path, "--resume"], ranks: ranks)
      #expect(resumed.lastLine == uninterrupted.lastLine, "\(resumed.errors)")
      for file in ShortRun.logs + ["model.safetensors", "best.safetensors"] {
        #expect(difference("\(path)/\(file)", "\(whole)/\(file)") == nil)
      }
    }

    @Test func aSignalThatMpirunForwardsLeavesACheckpointAndTheExitCode75() throws {
      let running = try RunningCommand(
        CommandRun.mpirun(2, [CommandRun.disttrain] + Self.flags + [path]))
      #expect(running.wait { running.output.contains("iteration 10/40") })
      kill(running.process.processIdentifier, SIGUSR1)
      let stopped = running.finish(timeout: 60)
      #expect(stopped.status == 75, "\(stopped.errors)")
      #expect(stopped.ownErrors.count == 1 && stopped.errors.contains("--resume"))
      #expect(!stopped.lastLine.hasPrefix("weights sha256"))
      try compare(resumedAt: 1)
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP, SIGUSR2])
    func oneRankAloneStopsAtASignalWithTheExitCode75(signal: Int32) throws {
      let running = try RunningCommand([CommandRun.disttrain] + Self.flags + [path])
      #expect(running.wait { running.output.contains("iteration 5/40") })
      kill(running.process.processIdentifier, signal)
      let stopped = running.finish(timeout: 60)
      #expect(stopped.status == 75 && stopped.ownErrors.count == 1, "\(stopped.errors)")
      #expect(stopped.output.contains("stopping after iteration"), "\(stopped.output)")
    }

    /// A training that is started with nohup, or by a shell in the background, goes on.
    @Test(arguments: ["HUP", "INT", "TERM"])
    func aSignalThatWasIgnoredAtTheStartStaysIgnored(signal: String) throws {
      let running = try RunningCommand(
        ["sh", "-c", "trap '' \(signal); exec \"$@\"", "sh", CommandRun.disttrain] + Self.flags
          + [path, "--evaluate-every", "0"])
      #expect(running.wait { running.output.contains("iteration 5/40") })
      _ = try CommandRun(["kill", "-s", signal, "\(running.process.processIdentifier)"])
      let ended = running.finish(timeout: 120)
      #expect(ended.status == 0 && ended.lastLine.hasPrefix("weights sha256 "), "\(ended.errors)")
    }

    /// The first asks for a checkpoint, which a disk that hangs does not take.
    @Test func aSecondSignalTwoSecondsLaterEndsTheProcessAtOnce() throws {
      let running = try RunningCommand(
        [CommandRun.disttrain] + Self.flags + [path],
        environment: [
          "LD_PRELOAD": try Shim.library("file_system", in: folder), "SLOW_SYNC": "600",
          "SLOW_SYNC_PATH": "/step-",
        ])
      #expect(running.wait { running.output.contains("iteration 5/40") })
      let process = running.process.processIdentifier
      kill(process, SIGTERM)
      usleep(2_500_000)
      #expect(running.process.isRunning)
      kill(process, SIGTERM)
      let ended = running.finish(timeout: 60)
      #expect(ended.status == SIGTERM && ended.ownErrors.isEmpty, "\(ended.errors)")
    }

    /// The signal comes in a step or in an evaluation, of which there is one after each step.
    @Test func aStopAroundAnEvaluationContinuesToTheSameBytes() throws {
      let flags = Self.flags.dropLast() + ["--evaluate-every", "1", "--iterations", "3", "--run"]
      let uninterrupted = try CommandRun.disttrain(flags + [whole])
      try #require(uninterrupted.status == 0, "\(uninterrupted.errors)")
      for ranks in [1, 3] {
        let path = folder.file("run-\(ranks)")
        let running = try RunningCommand(
          CommandRun.mpirun(ranks, [CommandRun.disttrain] + flags + [path]))
        #expect(running.wait { running.output.contains("iteration 1  held-out error") })
        kill(running.process.processIdentifier, SIGUSR1)
        let stopped = running.finish(timeout: 60)
        #expect(stopped.status == 75, "\(stopped.errors)")
        let resumed = try CommandRun.disttrain(
          ["train", "--run", path, "--resume"], ranks: 3 - ranks / 2)
        #expect(resumed.lastLine == uninterrupted.lastLine, "\(resumed.errors)")
        for file in ShortRun.logs + ["model.safetensors", "best.safetensors"] {
          #expect(difference("\(path)/\(file)", "\(whole)/\(file)") == nil)
        }
      }
    }

    @Test func aKilledRunContinuesFromItsLastCheckpoint() throws {
      let running = try RunningCommand([CommandRun.disttrain] + Self.flags + [path])
      #expect(running.wait { running.output.contains("iteration 15/40") })
      kill(running.process.processIdentifier, SIGKILL)
      #expect(running.finish(timeout: 60).status == SIGKILL)
      try compare(resumedAt: 2)
    }
  }
}
