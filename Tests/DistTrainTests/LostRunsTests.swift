import Foundation
import Testing

import DistTrain

extension EndToEnd {
  /// What could make a training lose its state, or mix it with another's.
  @Suite struct LostRuns {
    private static let flags = [
      "train", "--dataset", "synthetic", "--depth", "8", "--global-batch", "16", "--iterations",
      "12", "--milestones", "3", "--evaluate-every", "0", "--log-every", "1",
      "--checkpoint-every", "2",
    ]

    private let folder = TemporaryFolder()
    private var path: String { folder.file("run") }

    private func train(_ flags: [String], ranks: Int = 1) throws -> CommandRun {
      try CommandRun.disttrain(Self.flags + flags, ranks: ranks)
    }

    private func resume(
      _ flags: [String] = [], run: String? = nil, ranks: Int = 1
    ) throws -> CommandRun {
      try CommandRun.disttrain(["train", "--resume", "--run", run ?? path] + flags, ranks: ranks)
    }

    private func checkpoint(_ iteration: Int) -> String {
      CheckpointStore("\(path)/checkpoints").file(of: iteration)
    }

    private func expect(
      _ run: CommandRun, _ status: Int32, _ words: String...,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(run.status == status, "\(run.errors)", sourceLocation: sourceLocation)
      for word in words {
        #expect(run.errors.contains(word), "\(run.errors)", sourceLocation: sourceLocation)
      }
    }

    @Test func aRunOfGivenWeightsBeginsAnewOnlyWithThem() throws {
      let source = try train(["--stop-after", "12", "--run", folder.file("source")])
      let weights = folder.file("source/model.safetensors")
      let whole = try train(["--init-weights", weights, "--run", folder.file("whole")])
      #expect(whole.status == 0 && whole.lastLine != source.lastLine, "\(whole.errors)")
      expect(try train(["--init-weights", weights, "--stop-after", "1", "--run", path]), 0)
      try FileManager.default.removeItem(atPath: checkpoint(1))
      let before = snapshot(path)
      expect(try resume(), 66, "--init-weights", "no checkpoint")
      #expect(snapshot(path) == before)
      let resumed = try resume(["--init-weights", weights])
      #expect(resumed.lastLine == whole.lastLine, "\(resumed.errors)")
      #expect(resumed.errors.contains("begins anew"))
    }

    @Test func checkpointsWithoutAConfigurationAreNotMixedIntoARun() throws {
      expect(try train(["--stop-after", "6", "--run", path]), 0)
      let configuration = folder.file("run/config.json")
      let kept = try #require(fileBytes(configuration))
      try FileManager.default.removeItem(atPath: configuration)
      let before = snapshot(path)
      for flags in [["--seed", "2"], ["--seed", "2", "--resume"]] {
        expect(try train(flags + ["--run", path]), 64, "checkpoints", "config.json")
        #expect(snapshot(path) == before)
      }
      // With another run's configuration, none of them is taken.
      expect(try train(["--seed", "2", "--stop-after", "2", "--run", folder.file("other")]), 0)
      try FileManager.default.copyItem(
        atPath: folder.file("other/config.json"), toPath: configuration)
      expect(try resume(), 65, "of another configuration", "none of the 3 checkpoints")
      try Data(kept).write(to: URL(fileURLWithPath: configuration))
      expect(try resume(), 0)
    }

    @Test func whatWasJustWrittenIsKeptAndWhatIsUnsoundDoesNotCount() throws {
      let whole = try train(["--run", folder.file("whole")])
      expect(try train(["--checkpoint-every", "4", "--stop-after", "8", "--run", path]), 0)
      #expect(truncate(checkpoint(8), 100_000) == 0)
      expect(
        try resume(["--checkpoint-every", "3", "--keep", "1", "--stop-after", "6"]), 0,
        "step-00000008.safetensors")
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(path)/checkpoints")
      #expect(names == ["step-00000006.safetensors"])
      #expect(try resume().lastLine == whole.lastLine)
      // Two are to be kept, and the one between them is damaged.
      let kept = folder.file("kept")
      expect(
        try train(["--run", kept, "--checkpoint-every", "1", "--keep", "2", "--stop-after", "5"]), 0
      )
      #expect(truncate("\(kept)/checkpoints/step-00000005.safetensors", 9) == 0)
      try Data("step".utf8).write(
        to: URL(fileURLWithPath: "\(kept)/checkpoints/step-00000003.safetensors"))
      expect(
        try resume(["--keep", "2", "--checkpoint-every", "1", "--stop-after", "5"], run: kept), 0)
      #expect(fileBytes("\(kept)/checkpoints/step-00000004.safetensors") != nil)
    }

    @Test func checkpointsThatCannotBeReachedAreNoEmptyRun() throws {
      expect(try train(["--stop-after", "6", "--run", path]), 0)
      let away = folder.file("away")
      try FileManager.default.moveItem(atPath: "\(path)/checkpoints", toPath: away)
      let before = snapshot(path)
      expect(try resume(), 74, "checkpoints")
      try FileManager.default.createSymbolicLink(
        atPath: "\(path)/checkpoints", withDestinationPath: "/not/mounted")
      expect(try resume(), 74, "checkpoints", "mounted")
      try FileManager.default.removeItem(atPath: "\(path)/checkpoints")
      #expect(snapshot(path) == before)
      try FileManager.default.moveItem(atPath: away, toPath: "\(path)/checkpoints")
      expect(try resume(), 0)
      #expect(csvColumn("\(path)/train.csv", "iteration") == (1...12).map(String.init))
    }

    @Test func aLogThatLacksARowIsNotContinued() throws {
      let every = ["--evaluate-every", "3", "--stop-after", "4", "--run", path]
      expect(try train(every, ranks: 2), 0)
      for log in ["train.csv", "evaluation.csv", "hashes.csv", "timing.csv"] {
        let file = URL(fileURLWithPath: "\(path)/\(log)")
        let whole = fileText(file.path)
        var lines = whole.split(separator: "\n")
        lines.remove(at: 1)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
        let before = snapshot(path)
        expect(try resume(), 65, log, "restore it")
        #expect(snapshot(path) == before)
        try Data(whole.utf8).write(to: file)
      }
    }

    @Test func aResumeOfNothingSaysWhatItDoes() throws {
      expect(try CommandRun.disttrain(Self.flags + ["--resume"]), 64, "--resume needs --run")
      expect(try train(["--resume", "--stop-after", "1", "--run", path]), 0, "holds no run")
    }

    @Test func theBestWeightsAreThoseOfTheEvaluationWithTheFewestErrors() throws {
      let every = ["--evaluate-every", "3", "--lr", "0.02"]
      expect(try train(every + ["--stop-after", "7", "--run", path], ranks: 2), 0)
      expect(try resume(ranks: 2), 0)
      let errors = csvColumn("\(path)/evaluation.csv", "test_error").compactMap { Double($0) }
      let iterations = csvColumn("\(path)/evaluation.csv", "iteration")
      let least = try #require(errors.min())
      let best = try Safetensors(contentsOf: "\(path)/best.safetensors")
      let row = try #require(errors.firstIndex(of: least))
      #expect(best.metadata["iteration"] == iterations[row])
      let evaluated = try CommandRun.disttrain(
        ["evaluate", "--weights", "\(path)/best.safetensors", "--json"], ranks: 2)
      let result = try JSONDecoder().decode(
        [String: Double].self, from: Data(evaluated.output.utf8))
      #expect(result["errors"] == (least * 10_000).rounded())
      // The last row's hash is that of the last line.
      #expect(csvColumn("\(path)/hashes.csv", "iteration") == iterations)
      let hash = try #require(csvColumn("\(path)/hashes.csv", "weights_sha256").last)
      #expect(try resume().lastLine == "weights sha256 \(hash)")
    }

    @Test func aResumeGoesOnWithTheSecondsSinceTheLastRow() throws {
      expect(try train(["--log-every", "6", "--stop-after", "4", "--run", path]), 0)
      let noted = try #require(
        fileText("\(path)/.timing").split(separator: "\n").last?.split(separator: ","))
      #expect(noted[0] == "4" && noted[2] == "4")
      expect(try resume(), 0)
      let seconds = csvColumn("\(path)/timing.csv", "seconds").compactMap { Double($0) }
      let before = try #require(Double(noted[1]))
      #expect(seconds.count == 2 && seconds[0] > before)
      let speeds = csvColumn("\(path)/timing.csv", "images_per_second").compactMap { Double($0) }
      #expect(abs(speeds[0] * seconds[0] - 6 * 16) < 1e-6)
    }

    @Test func whatAKilledWriteLeftIsSweptAtTheNextStart() throws {
      expect(try train(["--stop-after", "2", "--run", path]), 0)
      let left = ["train.csv.tmp", "checkpoints/step-00000002.safetensors.tmp"]
      for name in left + ["mine.tmp"] {
        try Data("half".utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
      }
      expect(try resume(), 0)
      for name in left { #expect(fileBytes("\(path)/\(name)") == nil, "\(name)") }
      #expect(fileBytes("\(path)/mine.tmp") != nil)
    }

    /// A colleague of the same group may write what the umask lets the group write.
    @Test func someoneElsesRunIsContinued() throws {
      let program = folder.file("disttrain")
      try FileManager.default.copyItem(atPath: CommandRun.disttrain, toPath: program)
      chmod(folder.path, 0o777)
      func run(_ user: Int, _ arguments: [String]) throws -> CommandRun {
        try CommandRun(
          [
            "setpriv", "--reuid", "\(user)", "--regid", "4000", "--clear-groups", "sh", "-c",
            "umask 002; exec \"$@\"", "sh", program,
          ] + arguments)
      }
      let first = try run(4001, Self.flags + ["--stop-after", "2", "--run", path])
      if getuid() != 0 {
        print("SKIPPED someone else's run: only root becomes other users")
        return
      }
      expect(first, 0)
      chmod("\(path)/.lock", 0o644)
      let second = try run(4002, ["train", "--resume", "--run", path])
      #expect(second.status == 0 && second.ownErrors.isEmpty, "\(second.errors)")
    }

    @Test func filesFollowTheUmask() throws {
      func run(_ arguments: [String], _ umask: String) throws -> CommandRun {
        try CommandRun(
          ["sh", "-c", "umask \(umask); exec \"$@\"", "sh", CommandRun.disttrain] + arguments)
      }
      for (umask, mode) in [("002", 0o664), ("077", 0o600)] {
        let path = folder.file(umask)
        expect(
          try run(
            Self.flags + ["--evaluate-every", "2", "--stop-after", "2", "--run", path], umask),
          0)
        for name in [
          ".lock", "config.json", "train.csv", "log.txt", "best.safetensors",
          "checkpoints/step-00000002.safetensors",
        ] {
          let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
          #expect(attributes[.posixPermissions] as? Int == mode, "\(name)")
        }
      }
    }
  }
}
