import Foundation
import Testing

import DistTrain

extension EndToEnd {
  /// `--from`: a new run that begins with a checkpoint of another.
  @Suite struct Beginning {
    private let folder = TemporaryFolder()
    private var path: String { folder.file("run") }

    private func run(
      from source: String, _ flags: [String] = [], ranks: Int = 1
    ) throws -> CommandRun {
      try CommandRun.disttrain(
        ShortRun.flags + ["--run", path, "--from", source] + flags, ranks: ranks)
    }

    private func lines(_ path: String) -> [String] {
      fileText(path).split(separator: "\n").map(String.init)
    }

    /// Compares with the run that the checkpoint is from, after 3 of 6 iterations.
    private func expectBytes(of whole: ShortRun) throws {
      for file in ["model.safetensors"] {
        #expect(difference("\(path)/\(file)", whole.file(file)) == nil)
      }
      for (log, rows) in [("train.csv", 2), ("evaluation.csv", 2), ("hashes.csv", 2)] {
        let (own, theirs) = (lines("\(path)/\(log)"), lines(whole.file(log)))
        #expect(own.count == rows + 1 && own.first == theirs.first, "\(log)")
        #expect(own.suffix(rows) == theirs.suffix(rows), "\(log)")
      }
    }

    @Test(arguments: [1, 3])
    func theSameFlagsGiveTheBytesOfTheRunThatItComesFrom(ranks: Int) throws {
      let whole = try ShortRun(ranks: 2)
      let source = whole.file("checkpoints/step-00000003.safetensors")
      // A checkpoint keeps its meaning under any name.
      let copy = folder.file("copy")
      try FileManager.default.copyItem(atPath: source, toPath: copy)
      let run = try run(from: copy, ranks: ranks)
      #expect(run.status == 0 && run.lastLine == whole.run.lastLine, "\(run.errors)")
      try expectBytes(of: whole)
      let sum = try CommandRun(["sha256sum", source]).output.prefix(64)
      let theirs = fileText(whole.file("config.json"))
      #expect(theirs.contains("\"from_sha256\" : null"))
      #expect(
        fileText("\(path)/config.json")
          == theirs.replacing("\"from_sha256\" : null", with: "\"from_sha256\" : \"\(sum)\""))
    }

    @Test func aRunThatBeganSoIsStoppedAndContinued() throws {
      let whole = try ShortRun()
      let source = whole.file("checkpoints/step-00000003.safetensors")
      let stopped = try run(from: source, ["--stop-after", "5"], ranks: 2)
      #expect(stopped.status == 0, "\(stopped.errors)")
      let resumed = try CommandRun.disttrain(["train", "--run", path, "--resume"], ranks: 3)
      #expect(resumed.lastLine == whole.run.lastLine, "\(resumed.errors)")
      #expect(
        resumed.output.contains("continuing after iteration 5 of 6, so far on 2 ranks"))
      try expectBytes(of: whole)
      let last = "\(path)/checkpoints/step-00000006.safetensors"
      let checkpoint = try Checkpoint(Safetensors(contentsOf: last), iteration: 6, file: last)
      #expect(checkpoint.begin == 3)
    }

    @Test func withoutACheckpointOfItsOwnItBeginsAnewWithTheSameFile() throws {
      let whole = try ShortRun()
      let source = whole.file("checkpoints/step-00000003.safetensors")
      try #require(try run(from: source, ["--stop-after", "4"]).status == 0)
      try FileManager.default.removeItem(
        atPath: "\(path)/checkpoints/step-00000004.safetensors")
      let resume = ["train", "--run", path, "--resume"]
      let without = try CommandRun.disttrain(resume)
      #expect(without.status == 66 && without.errors.contains("--from"), "\(without.errors)")
      let other = try CommandRun.disttrain(
        resume + ["--from", whole.file("checkpoints/step-00000006.safetensors")])
      #expect(other.status == 64 && other.errors.contains("--from "), "\(other.errors)")
      let again = try CommandRun.disttrain(resume + ["--from", source])
      #expect(again.lastLine == whole.run.lastLine, "\(again.errors)")
      #expect(again.errors.contains("begins anew"))
      try expectBytes(of: whole)
    }

    /// Its rows are means of its own iterations, not of some with other flags.
    @Test func otherFlagsBeginWithRowsOfTheirOwn() throws {
      let whole = try ShortRun(["--evaluate-every", "0"])
      let source = whole.file("checkpoints/step-00000003.safetensors")
      let flags = ["--evaluate-every", "0", "--lr", "0.05", "--iterations", "8"]
      let run = try run(from: source, flags)
      #expect(run.status == 0 && run.lastLine != whole.run.lastLine, "\(run.errors)")
      #expect(csvColumn("\(path)/train.csv", "iteration") == ["4", "6", "8"])
      #expect(csvColumn("\(path)/train.csv", "learning_rate").first == "0.05")
      let pair = try #require(csvColumn("\(path)/train.csv", "loss").first)
      try FileManager.default.removeItem(atPath: path)
      try #require(try self.run(from: source, flags + ["--log-every", "1"]).status == 0)
      // The loss of iteration 4 alone, which is before its update.
      #expect(csvColumn("\(path)/train.csv", "loss").first == pair)
    }

    @Test func whatCannotBeginARunIsRefused() throws {
      let source = try ShortRun(["--evaluate-every", "0"])
      let checkpoint = source.file("checkpoints/step-00000006.safetensors")
      for (file, flags, code, words) in [
        (checkpoint, [], 64, ["--from", "iteration 6", "--iterations 6"]),
        (checkpoint, ["--init-weights", checkpoint], 64, ["--from", "--init-weights"]),
        (checkpoint, ["--iterations", "9", "--stop-after", "5"], 64, ["--stop-after 5"]),
        (checkpoint, ["--iterations", "9", "--depth", "14"], 65, [checkpoint, "depth 8"]),
        (checkpoint, ["--iterations", "9", "--network", "plain"], 65, ["network residual"]),
        (checkpoint, ["--iterations", "9", "--stem", "bare"], 65, ["stem batchnorm"]),
        (source.file("model.safetensors"), [], 65, ["not a sound checkpoint", "--init-weights"]),
        (source.file("config.json"), [], 65, ["config.json"]),
        (folder.file("none"), [], 66, ["none", "--from"]),
      ] as [(String, [String], Int32, [String])] {
        let run = try run(from: file, flags, ranks: 2)
        #expect(run.status == code && run.ownErrors.count == 1, "\(run.errors)")
        for word in words { #expect(run.errors.contains(word), "\(run.errors)") }
        #expect(!FileManager.default.fileExists(atPath: path))
      }
    }
  }

  /// `--time-limit`: rank 0's clock stops all ranks after a checkpoint.
  @Suite struct TimeLimit {
    @Test(arguments: [1, 3])
    func allRanksStopAtOneIterationAndGoOnToTheSameBytes(ranks: Int) throws {
      let folder = TemporaryFolder()
      let path = folder.file("run")
      let flags = [
        "train", "--dataset", "synthetic", "--depth", "8", "--global-batch", "32",
        "--evaluate-every", "0", "--log-every", "3", "--run",
      ]
      let stopped = try CommandRun.disttrain(
        flags + [path, "--time-limit", "0.01"], ranks: ranks)
      #expect(stopped.status == 75 && stopped.ownErrors.count == 1, "\(stopped.errors)")
      #expect(stopped.errors.contains("stopped by --time-limit after iteration "))
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(path)/checkpoints")
      let name = try #require(names.count == 1 ? names.first : nil)
      let iteration = try #require(Int(name.dropFirst(5).prefix(8)))
      let end = "\(iteration + 2)"
      let resumed = try CommandRun.disttrain(
        ["train", "--run", path, "--resume", "--stop-after", end], ranks: 2)
      let whole = try CommandRun.disttrain(flags + [folder.file("whole"), "--stop-after", end])
      #expect(resumed.status == 0 && resumed.lastLine == whole.lastLine, "\(resumed.errors)")
      #expect(difference("\(path)/train.csv", folder.file("whole/train.csv")) == nil)
    }

    @Test(arguments: ["0", "nan", "inf", "soon"])
    func aLimitIsAPositiveNumberOfMinutes(minutes: String) throws {
      let run = try CommandRun.disttrain(["train", "--time-limit", minutes])
      #expect(run.status == 64 && run.errors.contains("--time-limit"), "\(run.errors)")
    }
  }
}
