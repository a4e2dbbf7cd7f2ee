import Foundation
import Testing

import DistTrain

extension EndToEnd {
  /// Terminals, pipes and file systems that are not what one expects.
  @Suite struct Surroundings {
    private static let flags = [
      "train", "--dataset", "synthetic", "--depth", "8", "--global-batch", "16", "--iterations",
      "6", "--evaluate-every", "0", "--log-every", "1", "--checkpoint-every", "2", "--run",
    ]

    private let folder = TemporaryFolder()
    private var path: String { folder.file("run") }

    /// Runs a line of shell in which `"$@"` is the program with its arguments.
    private func shell(_ line: String, _ arguments: [String]) throws -> CommandRun {
      try CommandRun(["bash", "-c", line, "bash", CommandRun.disttrain] + arguments)
    }

    @Test(arguments: [
      "\"$@\" 2>/dev/full", "\"$@\" 2>&-", "\"$@\" <&- >&- 2>&-", "\"$@\" >/dev/full 2>/dev/full",
    ])
    func aFailureKeepsItsCodeWhereNobodyHearsOfIt(line: String) throws {
      let run = try shell(line, ["train", "--data", folder.file("nowhere"), "--run", path])
      #expect(run.status == 66, "\(run.errors)")
    }

    @Test(arguments: [
      "\"$@\" <&- >&- 2>&-", "\"$@\" >/dev/full", "\"$@\" | head -n 1; exit ${PIPESTATUS[0]}",
    ])
    func aTrainingOutlivesItsTerminal(line: String) throws {
      let run = try shell(line, Self.flags + [path])
      #expect(run.status == 0, "\(run.errors)")
      #expect(csvColumn("\(path)/train.csv", "iteration") == (1...6).map(String.init))
      let log = fileText("\(path)/log.txt")
      #expect(log.contains("iteration 6/6") && log.contains("\nweights sha256 "))
      // No line of one file has come into another.
      #expect(!fileText("\(path)/config.json").contains("iteration 1/6"))
    }

    @Test func aFileThatMayNotGrowSoLargeIsAFailureWithAReason() throws {
      let run = try shell(
        "ulimit -f 9000; \"$@\"", Self.flags + [path, "--depth", "110"])
      #expect(run.status == 74, "\(run.errors)")
      #expect(run.errors.contains("File too large"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/checkpoints").isEmpty)
    }

    @Test(arguments: [ENOSYS, ENOLCK, EOPNOTSUPP])
    func aFileSystemWithoutLocksIsUsedWithAWarning(code: Int32) throws {
      let run = try CommandRun.disttrain(
        Self.flags + [path],
        environment: [
          "LD_PRELOAD": try Shim.library("file_system", in: folder), "NO_LOCK": "\(code)",
        ])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("cannot lock"))
      #expect(fileText("\(path)/log.txt").contains("cannot lock"))
    }

    @Test(arguments: [EINVAL, EOPNOTSUPP])
    func aFileSystemThatCannotSynchroniseFoldersIsUsed(code: Int32) throws {
      let run = try CommandRun.disttrain(
        Self.flags + [path],
        environment: [
          "LD_PRELOAD": try Shim.library("file_system", in: folder), "NO_FOLDER_SYNC": "\(code)",
        ])
      #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    }

    @Test func twoTrainingsWithoutAFolderHaveOneEach() throws {
      let flags = Self.flags.dropLast() + ["--stop-after", "1"]
      let pair = try CommandRun(
        [
          "bash", "-c", "cd \"$0\"; \"$@\" & \"$@\"; code=$?; wait $! && exit $code", folder.path,
          CommandRun.disttrain,
        ] + flags)
      #expect(pair.status == 0, "\(pair.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("runs")).count == 2)
    }

    @Test(arguments: ["~/x", "näme mit Leerzeichen", "-dash", "a//b/", "new\nline"])
    func aFolderOfAnyNameIsOneFolder(name: String) throws {
      let run = try shell(
        "cd '\(folder.path)'; \"$@\"", Self.flags.dropLast() + ["--run=\(name)"])
      #expect(run.status == 0, "\(run.errors)")
      #expect(fileBytes(folder.file("\(name)/model.safetensors")) != nil)
      #expect(fileBytes(folder.file("\(name)/config.json")) != nil)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }

    @Test func aFileInPlaceOfAFolderIsCalledOne() throws {
      try Data().write(to: URL(fileURLWithPath: path))
      let run = try CommandRun.disttrain(Self.flags + [path])
      #expect(
        run.status == 74 && run.errors.contains("\(path): it is not a folder"), "\(run.errors)")
    }

    @Test func aNameThatIsNotUTF8IsRefused() throws {
      let run = try shell("\"$@\" $'bad\\xff'", Self.flags)
      #expect(run.status == 64 && run.errors.contains("is not UTF-8"), "\(run.errors)")
    }
  }
}
