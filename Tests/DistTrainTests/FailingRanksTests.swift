import Foundation
import Testing

extension EndToEnd {
  @Suite struct FailingRanks {
    private let folder = TemporaryFolder()

    private func two(_ first: [String], _ second: [String]) throws -> CommandRun {
      let common = [
        CommandRun.disttrain, "train", "--depth", "8", "--iterations", "1", "--dataset",
        "synthetic", "--run", folder.file("run"),
      ]
      return try CommandRun(
        ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", "1"] + common + first
          + [":", "-np", "1"] + common + second)
    }

    @Test func ranksWithOtherFlagsDisagree() throws {
      let run = try two(["--seed", "1"], ["--seed", "2"])
      #expect(run.status == 76 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(run.errors.contains("disagree on --seed: rank 0 on"), "\(run.errors)")
      #expect(run.errors.contains("has 1, rank 1 on") && run.errors.contains("has 2;"))
      #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
    }

    @Test(arguments: [
      (["--mean", "0.5,0.5,0.5"], ["--mean", "0.5,0.5,0.4"]), (["--std", "1,1,1"], []),
      (["--convolution", "openblas"], ["--convolution", "vector"]),
    ])
    func ranksThatEvaluateWithOtherFlagsDisagree(first: [String], second: [String]) throws {
      let common = [
        CommandRun.disttrain, "evaluate", "--weights", ReferenceNumbers.path("resnet20-A-init"),
        "--dataset", "synthetic", "--normalize", "channel-mean-std",
      ]
      let run = try CommandRun(
        CommandRun.mpirun(1, common + first) + [":", "-np", "1"] + common + second)
      #expect(run.status == 76 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(run.errors.contains("rank 1") && run.errors.contains("flags"))
    }

    /// The harness sees what only rank 1 knows.
    @Test func aFailureOfRankOneAloneReachesTheExitCodeAndNamesIt() throws {
      try writeZeroBatches(folder.path)
      let run = try two(
        ["--dataset", "cifar10", "--data", folder.path],
        ["--dataset", "cifar10", "--data", folder.file("none")])
      #expect(run.status == 66 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(run.errors.contains("rank 1: \(folder.file("none"))/data_batch_1.bin"))
    }

    @Test func rankOneAloneSpeaksForItselfBeforeMPIIsUp() throws {
      let run = try two([], ["--frobnicate"])
      #expect(run.status == 64 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(run.errors.contains("--frobnicate"))
    }

    @Test func ranksWithOtherDataDisagree() throws {
      let other = TemporaryFolder()
      try writeZeroBatches(folder.path)
      try writeZeroBatches(other.path)
      let file = try #require(FileHandle(forWritingAtPath: other.file("test_batch.bin")))
      try file.seek(toOffset: 100)
      try file.write(contentsOf: [1])
      try file.close()
      let run = try two(
        ["--dataset", "cifar10", "--data", folder.path],
        ["--dataset", "cifar10", "--data", other.path])
      #expect(run.status == 76 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(run.errors.contains("rank 1") && run.errors.contains("data set"))
    }
  }
}
