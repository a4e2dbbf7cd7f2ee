import Foundation
import Testing

extension EndToEnd {
  /// A test run that runs nothing must not pass for one in which everything passed.
  @Suite struct Harness {
    private func make(_ arguments: [String], environment: [String: String] = [:]) throws
      -> CommandRun
    {
      try CommandRun(
        ["make", "-C", packageFolder] + arguments,
        environment: environment.merging(["MAKEFLAGS": ""]) { $1 })
    }

    /// `make run-tests` with a `swift` that says and returns what is wanted.
    private func runTests(saying lines: String, status: Int) throws -> CommandRun {
      let folder = TemporaryFolder()
      let script = """
        #!/bin/sh
        [ "$1" = test ] || exit 0
        cat <<END
        \(lines)
        END
        exit \(status)
        """
      try Data(script.utf8).write(to: URL(fileURLWithPath: folder.file("swift")))
      chmod(folder.file("swift"), 0o755)
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      return try make(["run-tests"], environment: ["PATH": "\(folder.path):\(path)"])
    }

    private static let passed = "✔ Test someProperty() passed after 0.1 seconds."
    private static let skipped = "➜ Test another() skipped: \"no data\""

    @Test func aTestRunPassesWhereTestsRanAndPassed() throws {
      for line in [Self.passed, "✔ Test some(value:) with 3 test cases passed after 1 seconds."] {
        let run = try runTests(
          saying: "\(line)\n\(Self.skipped)\n✔ Test run with 2 tests in 1 suite passed", status: 0)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("1 Skipped: \"no data\"\n"), "\(run.output)")
      }
    }

    /// Swift Testing counts tests that it skips.
    @Test(arguments: [
      ("✔ Test run with 0 tests in 0 suites passed after 0.1 seconds.", 0),
      ("\(skipped)\n✔ Test run with 1 test in 1 suite passed after 0.1 seconds.", 0),
      ("Test Suite 'Selected tests' passed at 2026-01-01", 0), ("Build complete!", 0), ("", 0),
      ("\(passed)\n✘ Test run with 30 tests in 4 suites failed", 1),
    ])
    func aTestRunFailsWhereNoneRanOrOneFailed(lines: String, status: Int) throws {
      let run = try runTests(saying: lines, status: status)
      #expect(run.status != 0)
      #expect(run.errors.contains("without running a test") == (status == 0), "\(run.errors)")
    }

    @Test(arguments: [("test", ""), ("test-more", "DISTTRAIN_TEST_MORE=1")])
    func bothCommandsRunTheirTestsThatWay(target: String, environment: String) throws {
      let commands = try make(["--dry-run", target])
      #expect(commands.status == 0, "\(commands.errors)")
      #expect(commands.output.contains(#/swift test .*--skip-build/#), "\(commands.output)")
      #expect(commands.output.contains("without running a test"), "\(commands.output)")
      #expect(commands.output.contains("DISTTRAIN_TEST_MORE=1") == !environment.isEmpty)
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
