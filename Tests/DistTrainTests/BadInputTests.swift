import Foundation
import Testing

import DistTrain

extension EndToEnd {
  /// Each is refused with the contract's code and one line of one of two ranks.
  @Suite struct BadInput {
    private let folder = TemporaryFolder()

    private func refused(
      _ flags: [String], _ code: Int32, naming words: [String],
      environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let run = try CommandRun.disttrain(
        ["train", "--depth", "8", "--iterations", "1", "--run", folder.file("run")] + flags,
        ranks: 2, environment: environment)
      #expect(run.status == code, "\(run.errors)", sourceLocation: sourceLocation)
      #expect(run.ownErrors.count == 1, "\(run.errors)", sourceLocation: sourceLocation)
      for word in words {
        #expect(run.errors.contains(word), "\(run.errors)", sourceLocation: sourceLocation)
      }
    }

    @Test(arguments: [
      (["--frobnicate", "1"], ["--frobnicate"]), (["--depth", "21"], ["21", "6n+2"]),
      (["--network", "plain", "--shortcut", "B"], ["plain", "--shortcut B"]),
      (["--mean", "0.1,0.2,0.3", "--normalize", "pixel-mean"], ["--mean", "pixel-mean"]),
      (["--mean", "125.3,123.0,113.9"], ["--mean 125.3", "bytes/255"]),
      (["--warmup-lr", "0.01"], ["--warmup-iterations"]),
      (["--warmup-iterations", "5"], ["--warmup-lr"]), (["--micro-shards", "3"], ["3", "128"]),
      (["--bn-group", "12"], ["12", "8 samples"]), (["--milestones", "5,3"], ["5,3"]),
      (["--lr", "nan"], ["nan"]), (["--train-images", "7"], ["7", "45000"]),
      (["--micro-shards", "1", "--dataset", "synthetic"], ["2 ranks", "--micro-shards 1"]),
      (["--keep", "0"], ["--keep 0"]), (["--checkpoint-every", "0"], ["--checkpoint-every 0"]),
      (["--stop-after", "0"], ["--stop-after 0"]), (["--stop-after", "2"], ["--stop-after 2"]),
      (["--timeout", "0", "--resume"], ["--timeout 0"]), (["--timeout=-1"], ["--timeout -1"]),
    ])
    func flagsThatCannotBe(flags: [String], words: [String]) throws {
      try refused(flags, 64, naming: words)
      #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
    }

    /// A collective that is given no time would end with the watchdog's 70.
    @Test func aWatchdogWithoutPatienceIsRefusedBeforeAnythingIsRead() throws {
      let run = try CommandRun.disttrain(
        ["evaluate", "--weights", folder.file("none"), "--timeout", "0"], ranks: 2)
      #expect(run.status == 64 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(run.errors.contains("--timeout 0"))
    }

    private func writeFilesThatAreNoRun(_ path: String) throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for name in ["log.txt", "train.csv", "evaluation.csv", "timing.csv", "mine"] {
        try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
      }
    }

    @Test func aFailedStartLeavesAFolderAsItWas() throws {
      try writeFilesThatAreNoRun(folder.file("run"))
      let before = snapshot(folder.path)
      try refused(["--data", folder.file("nowhere")], 66, naming: ["data_batch_1.bin"])
      #expect(snapshot(folder.path) == before)
    }

    @Test func aDiskThatIsFullAtTheStartLeavesAFolderAsItWas() throws {
      let disk = folder.file("disk")
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      let mount = try CommandRun(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk])
      if mount.status != 0 {
        print("SKIPPED a disk that is full at the start: mount is not permitted")
        return
      }
      defer { _ = try? CommandRun(["umount", disk]) }
      try writeFilesThatAreNoRun("\(disk)/run")
      // What is left of the disk.
      _ = try CommandRun(["dd", "if=/dev/zero", "of=\(disk)/filling", "bs=1k"])
      let before = snapshot(disk)
      let run = try CommandRun.disttrain(
        ShortRun.flags + ["--global-batch", "32", "--run", "\(disk)/run"], ranks: 2)
      #expect(run.status == 74 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(run.errors.contains("config.json") && run.errors.contains("No space left"))
      #expect(snapshot(disk) == before)
    }

    @Test(arguments: [(30_729_999, nil), (30_730_001, nil), (30_730_000, 10)] as [(Int, UInt8?)])
    func batchFilesOfWrongSizeOrLabel(size: Int, label: UInt8?) throws {
      try writeZeroBatches(folder.path)
      truncate(folder.file("data_batch_3.bin"), size)
      if let label {
        let file = try #require(FileHandle(forWritingAtPath: folder.file("data_batch_3.bin")))
        try file.seek(toOffset: 3073 * 9999)
        try file.write(contentsOf: [label])
        try file.close()
      }
      let words = ["data_batch_3.bin"] + (label == nil ? ["\(size)"] : ["label 10", "9999"])
      try refused(["--data", folder.path], 65, naming: words)
    }

    @Test func weightsOfAnotherNetworkOrNoWeights() throws {
      let file = folder.file("weights")
      let deep = ReferenceNumbers.path("resnet20-A-init")
      let synthetic = ["--dataset", "synthetic", "--init-weights"]
      try refused(synthetic + [deep], 65, naming: ["resnet20-A-init", "layer"])
      try Data("garbage, not tensors".utf8).write(to: URL(fileURLWithPath: file))
      try refused(synthetic + [file], 65, naming: [file, "header"])
      try refused(synthetic + [folder.file("none")], 66, naming: ["none"])
    }

    @Test func aLossThatIsNotFiniteKeepsTheLastGoodCheckpoint() throws {
      try refused(
        [
          "--dataset", "synthetic", "--iterations", "20", "--lr", "1e30", "--global-batch", "32",
          "--evaluate-every", "0", "--checkpoint-every", "1",
        ], 65, naming: ["iteration 2", "--lr"])
      let kept = folder.file("run/checkpoints/step-00000001.safetensors")
      let tensors = try Safetensors(contentsOf: kept).tensors
      #expect(!tensors.isEmpty && tensors.allSatisfy { $0.values.allSatisfy(\.isFinite) })
    }

    /// The weights are still finite, and running variances are not any more.
    @Test func anEvaluationThatIsNotFiniteKeepsTheLastGoodCheckpoint() throws {
      try refused(
        [
          "--dataset", "synthetic", "--iterations", "3", "--lr", "1000", "--global-batch", "16",
          "--evaluate-every", "1", "--checkpoint-every", "1", "--log-every", "1",
        ], 65, naming: ["iteration ", "--lr"])
      let names = try FileManager.default.contentsOfDirectory(
        atPath: folder.file("run/checkpoints"))
      #expect(!names.contains("step-00000003.safetensors"))
      #expect(!fileText(folder.file("run/evaluation.csv")).contains("nan"))
    }

    @Test func aRunIsNeitherOverwrittenNorContradicted() throws {
      let run = try ShortRun(["--evaluate-every", "0", "--stop-after", "1"])
      let path = run.file("")
      func refused(_ flags: [String], _ code: Int32, _ words: [String]) throws {
        let before = snapshot(path)
        let result = try CommandRun.disttrain(["train", "--run", path] + flags, ranks: 2)
        #expect(result.status == code && result.ownErrors.count == 1, "\(result.errors)")
        for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
        #expect(snapshot(path) == before, "\(flags)")
      }
      try refused(["--dataset", "synthetic", "--depth", "8"], 64, ["--resume"])
      try refused(["--resume", "--seed", "7"], 64, ["--seed 7", "has 1"])
      try refused(["--resume", "--lr", "nan"], 64, ["--lr nan"])
      try refused(
        ["--resume", "--init-weights", ReferenceNumbers.path("resnet20-A-init")], 64,
        ["--init-weights"])
      let lock = open(run.file(".lock"), O_RDWR | O_CREAT, 0o644)
      #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
      try refused(["--resume"], 64, ["in use"])
      close(lock)
      let configuration = URL(fileURLWithPath: run.file("config.json"))
      try Data("{\"depth\": \"many\"}".utf8).write(to: configuration)
      try refused(["--resume"], 65, ["config.json"])
    }

    @Test func aFullDiskKeepsTheOldCheckpoints() throws {
      let disk = folder.file("disk")
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      let mount = try CommandRun(["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", disk])
      if mount.status != 0 {
        print("SKIPPED a full disk: mount is not permitted")
        return
      }
      defer { _ = try? CommandRun(["umount", disk]) }
      let run = try CommandRun.disttrain(
        ShortRun.flags + [
          "--evaluate-every", "0", "--global-batch", "32", "--checkpoint-every", "1", "--keep",
          "9", "--run", "\(disk)/run",
        ], ranks: 2)
      #expect(run.status == 74 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(run.errors.contains("No space left"))
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(disk)/run/checkpoints")
      #expect(names.contains("step-00000001.safetensors"))
      #expect(!names.contains { $0.hasSuffix("tmp") })
      for name in names {
        #expect(throws: Never.self) {
          try Safetensors(contentsOf: "\(disk)/run/checkpoints/\(name)")
        }
      }
    }
  }
}
