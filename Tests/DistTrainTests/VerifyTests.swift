import Foundation
import Testing

import DistTrain

extension EndToEnd {
  @Suite struct Verify {
    private let folder = TemporaryFolder()

    /// A short run, trained once for all tests.
    private static let trained = Result {
      let folder = TemporaryFolder()
      let training = try CommandRun.disttrain(
        [
          "train", "--dataset", "synthetic", "--depth", "8", "--iterations", "12", "--log-every",
          "2", "--evaluate-every", "4", "--stop-after", "8", "--run", folder.file("run"),
        ], ranks: 2)
      #expect(training.status == 0, "\(training.errors)")
      return folder
    }

    /// The run as it would be published.
    private func published() throws -> String {
      let run = folder.file("published")
      try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
      for name in ["config.json", "train.csv", "evaluation.csv", "hashes.csv"] {
        try FileManager.default.copyItem(
          atPath: "\(try Self.trained.get().file("run"))/\(name)", toPath: "\(run)/\(name)")
      }
      return run
    }

    private func verify(_ arguments: [String], path: String? = nil) throws -> CommandRun {
      try CommandRun.disttrain(
        ["verify"] + arguments, environment: path.map { ["PATH": $0] } ?? [:])
    }

    @Test func aPublishedRunIsRepeatedAtOtherRanks() throws {
      let run = try published()
      let result = try verify(["--published", run, "--iterations", "8", "--ranks", "1,3"])
      #expect(result.status == 0, "\(result.errors)")
      let counts = "4 rows of train.csv, 2 of evaluation.csv, 2 of hashes.csv"
      #expect(result.output.contains("the same bits at 1 rank: \(counts)"), "\(result.output)")
      #expect(result.output.contains("the same bits at 3 ranks: \(counts)"), "\(result.output)")
    }

    @Test func aChangedDigitOfAPublishedRunIsFound() throws {
      let run = try published()
      for (name, column) in [
        ("train.csv", "loss"), ("evaluation.csv", "test_loss"), ("hashes.csv", "weights_sha256"),
      ] {
        let path = "\(run)/\(name)"
        let text = fileText(path)
        var digits = Array(text)
        // The last digit of the second row's value.
        let value = csvColumn(path, column)[1]
        let end = try #require(text.range(of: value)).upperBound
        let place = text.distance(from: text.startIndex, to: end) - 1
        digits[place] = digits[place] == "1" ? "2" : "1"
        try String(digits).write(toFile: path, atomically: true, encoding: .utf8)
        let result = try verify(["--published", run, "--iterations", "8", "--ranks", "1"])
        #expect(result.status == 70, "\(name)")
        let iteration = name == "train.csv" ? 4 : 8
        #expect(
          result.ownErrors.first?.contains(
            "\(name), iteration \(iteration): \(column) is \(csvColumn(path, column)[1]) as published"
          )
            == true, "\(result.errors)")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
      }
    }

    @Test func aMissingRowOfAPublishedRunIsFound() throws {
      let run = try published()
      let path = "\(run)/hashes.csv"
      let lines = fileText(path).split(separator: "\n")
      try lines.dropLast().map { "\($0)\n" }.joined().write(
        toFile: path, atomically: true, encoding: .utf8)
      let result = try verify(["--published", run, "--iterations", "8", "--ranks", "1"])
      #expect(result.status == 70)
      #expect(
        result.ownErrors.first?.contains("hashes.csv has 1 rows up to iteration 8 as published")
          == true, "\(result.errors)")
    }

    @Test func aShorterScheduleThanTheDefaultIsRepeatedToItsEnd() throws {
      let result = try verify(["--published", try published()])
      #expect(result.status == 70)
      #expect(
        result.ownErrors.first?.contains("train.csv has 4 rows up to iteration 12 as published")
          == true, "\(result.errors)")
    }

    @Test func whatCannotBeVerifiedIsSaidAtOnce() throws {
      let run = folder.file("nothing")
      for (arguments, status, words) in [
        (["--ranks", "3"], 64, "give two"), (["--ranks", "1,0"], 64, "below 1"),
        (["--ranks", "1,17"], 64, "more than the 16 micro-shards"),
        (["--iterations", "8"], 64, "name it with --published"),
        (["--published", run], 66, "\(run)/config.json is not there"),
      ] as [([String], Int32, String)] {
        let result = try verify(arguments)
        #expect(result.status == status, "\(arguments)")
        #expect(result.ownErrors.first?.contains(words) == true, "\(result.errors)")
      }
      let launched = try CommandRun(CommandRun.mpirun(2, [CommandRun.disttrain, "verify"]))
      #expect(launched.status == 64 && launched.ownErrors.count == 1, "\(launched.errors)")
    }

    @Test func aLauncherOfAnotherMPIIsNotTaken() throws {
      try makeLauncher(folder, "echo 'mpirun (Another MPI) 9.9.9'")
      let result = try verify(["--ranks", "1,2"], path: folder.path)
      #expect(result.status == 69)
      #expect(result.ownErrors.first?.contains("cannot find the mpirun of") == true)
    }
  }
}

extension EndToEnd.More {
  @Suite struct VerifyRanks {
    private let folder = TemporaryFolder()

    @Test func allRankCountsOfTheDefaultGiveTheSameBits() throws {
      let result = try CommandRun.disttrain(["verify"])
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("the same bits at 1, 2, 3, 5 ranks: "), "\(result.output)")
    }

    /// The launcher gives one of the trainings another seed.
    @Test func aRunThatIsMadeToDifferIsFound() throws {
      let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
      try makeLauncher(
        folder,
        """
        PATH='\(search)'
        case "$*" in
          *"-n 2 "*) exec mpirun "$@" --seed 2;;
          *) exec mpirun "$@";;
        esac
        """)
      let result = try CommandRun.disttrain(
        ["verify", "--ranks", "1,2"], environment: ["PATH": "\(folder.path):\(search)"])
      #expect(result.status == 70)
      let error = try #require(result.ownErrors.first)
      #expect(error.contains("not the same: train.csv, iteration 4: loss is"), "\(error)")
      let kept = try #require(error.firstMatch(of: /the runs are in (.+)/)?.1)
      #expect(FileManager.default.fileExists(atPath: "\(kept)/2/train.csv"))
      try FileManager.default.removeItem(atPath: String(kept))
    }
  }
}

/// Makes an `mpirun` of a shell script.
private func makeLauncher(_ folder: TemporaryFolder, _ script: String) throws {
  let path = folder.file("mpirun")
  try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
  chmod(path, 0o755)
}
