import Foundation
import Testing

extension EndToEnd {
  /// A test run that runs nothing must not pass for one in which everything passed.
  @Suite struct Harness {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path

    /// `make test` with a `swift` that says and returns what is wanted.
    private func makeTest(closingLine: String, status: Int) throws -> CommandRun {
      let folder = TemporaryFolder()
      let script = """
        #!/bin/sh
        [ "$1" = test ] || exit 0
        echo "\(closingLine)"
        exit \(status)
        """
      try Data(script.utf8).write(to: URL(fileURLWithPath: folder.file("swift")))
      chmod(folder.file("swift"), 0o755)
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      return try CommandRun(
        ["make", "-C", Self.root, "test"],
        environment: ["PATH": "\(folder.path):\(path)", "MAKEFLAGS": ""])
    }

    @Test func makeTestPassesWhereTestsRanAndPassed() throws {
      let run = try makeTest(closingLine: "Test run with 30 tests in 4 suites passed", status: 0)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("30 tests"))
    }

    @Test(arguments: [
      ("Test run with 0 tests in 0 suites passed", 0), ("Build complete!", 0), ("", 0),
      ("Test run with 30 tests in 4 suites failed", 1),
    ])
    func makeTestFailsWhereNoneRanOrOneFailed(closingLine: String, status: Int) throws {
      let run = try makeTest(closingLine: closingLine, status: status)
      #expect(run.status != 0)
      #expect(run.errors.contains("without running a test") == (status == 0), "\(run.errors)")
    }

    /// So a name that is mistyped in a filter is noticed.
    @Test func aFilterThatMatchesNothingFails() throws {
      let binary = CommandRun.productsFolder
        .appendingPathComponent("DistTrainPackageTests.xctest").path
      let command = [binary, "--testing-library", "swift-testing", "--filter"]
      let none = try CommandRun(command + ["NoTestHasThisName"])
      #expect(none.status == 69, "\(none.output)\(none.errors)")
      let one = try CommandRun(command + ["digestsAreThoseOfTheStandard"])
      #expect(one.status == 0, "\(one.output)\(one.errors)")
      #expect((one.output + one.errors).contains("Test run with 1 test"))
    }
  }
}
