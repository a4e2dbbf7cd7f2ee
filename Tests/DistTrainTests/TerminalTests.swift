import Foundation
import Testing

extension EndToEnd {
  /// What people see, in pseudo-terminals of many kinds.
  @Suite struct Terminals {
    private static let flags = [
      "train", "--dataset", "synthetic", "--depth", "8", "--iterations", "4", "--log-every", "1",
      "--train-images", "45000", "--evaluate-every", "2", "--run",
    ]

    private let folder = TemporaryFolder()
    private var path: String { folder.file("run") }

    /// Runs a command in a terminal.
    private func show(
      _ command: [String], columns: Int = 80, resized: (after: String, to: Int) = ("", 0),
      environment: [String: String] = [:]
    ) throws -> CommandRun {
      let terminal = try Shim.program("terminal", in: folder)
      let arguments = [terminal, "\(columns)", resized.after, "\(resized.to)"] + command
      return try CommandRun(
        arguments, environment: ["TERM": "xterm", "NO_COLOR": ""].merging(environment) { $1 })
    }

    private func train(_ ranks: Int = 1) -> [String] {
      let command = [CommandRun.disttrain] + Self.flags + [path]
      return ranks == 1 ? command : CommandRun.mpirun(ranks, command)
    }

    /// The lines of `log.txt`, without those that a live line takes the place of.
    private var loggedWithoutRows: [String] {
      fileText("\(path)/log.txt").split(separator: "\n").map(String.init)
        .filter { !$0.contains(#/^iteration \d+\//#) }
    }

    private func expectPlain(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(!text.contains("\r") && !text.contains("\u{1B}"), sourceLocation: sourceLocation)
      for row in 1...4 {
        #expect(text.contains("\niteration \(row)/4  "), sourceLocation: sourceLocation)
      }
      #expect(text.split(separator: "\n").map(String.init) == log, sourceLocation: sourceLocation)
    }

    private var log: [String] {
      fileText("\(path)/log.txt").split(separator: "\n").map(String.init)
    }

    @Test(arguments: [(80, 1), (20, 1), (1, 1), (80, 2)])
    func aLineIsDrawnInPlaceAndLeavesTheOthers(columns: Int, ranks: Int) throws {
      let begin = Date()
      let run = try show(train(ranks), columns: columns)
      let elapsed = Date().timeIntervalSince(begin)
      #expect(run.status == 0, "\(run.output)")
      let screen = Screen(run.output)
      #expect(screen.lines == loggedWithoutRows)
      #expect(screen.lines.last?.hasPrefix("weights sha256 ") == true)
      #expect(screen.drawn.allSatisfy { $0.count < columns && $0.utf8.count == $0.count })
      #expect(columns == 1 || screen.drawn.contains { $0.contains("/4") })
      #expect(columns < 80 || screen.drawn.contains { $0.contains("  loss ") })
      // Five a second, and one after each other line.
      #expect(Double(screen.drawn.count) <= 5 * elapsed + Double(screen.lines.count) + 1)
    }

    /// Few fields are left, and those that matter most.
    @Test func fieldsAreLeftOutWhereTheTerminalIsNarrow() throws {
      let wide = Screen(try show(train(), columns: 200).output).drawn
      let all = try #require(wide.last { $0.contains(" images/s") && $0.contains("  held-out ") })
      for word in ["epoch ", "lr 0.1", "loss ", "train ", " left", "best "] {
        #expect(all.contains(word), "\(all)")
      }
      try FileManager.default.removeItem(atPath: path)
      let narrow = Screen(try show(train(), columns: 20).output).drawn
      #expect(narrow.contains { $0.hasSuffix(" left") } && !narrow.contains { $0.contains("lr") })
    }

    @Test(arguments: [1, 2])
    func aTerminalThatIsResizedHasItsNewWidth(ranks: Int) throws {
      let run = try show(train(ranks), resized: ("iteration 2  held-out error", 20))
      let parts = run.output.components(separatedBy: "\n<resized>\n")
      try #require(parts.count == 2)
      #expect(Screen(parts[0]).drawn.contains { $0.count > 20 })
      // Some may have been on their way.
      #expect(Screen(parts[1]).drawn.suffix(3).allSatisfy { $0.count < 20 })
    }

    @Test(arguments: [["TERM": "dumb"], ["TERM": ""]])
    func aTerminalThatDoesNotMoveItsCursorHasPlainLines(environment: [String: String]) throws {
      expectPlain(Screen(try show(train(), environment: environment).output).bytes)
    }

    @Test func aTerminalOfUnknownWidthHasPlainLines() throws {
      expectPlain(Screen(try show(train(), columns: 0).output).bytes)
    }

    @Test(arguments: [("", "C"), ("1", "C.UTF-8")])
    func stylesAreDrawnUnlessTheyAreNotWantedInEveryLocale(noColor: String, locale: String) throws {
      let run = try show(train(), environment: ["NO_COLOR": noColor, "LC_ALL": locale])
      #expect(run.output.contains(#/\u{1B}\[[0-9;]*m/#) == noColor.isEmpty)
      let drawn = Screen(run.output).drawn
      #expect(!drawn.isEmpty && drawn.allSatisfy { $0.utf8.allSatisfy { $0 < 128 } })
    }

    /// Under mpirun every rank's standard output is a terminal, wherever mpirun's goes.
    @Test(arguments: [
      ("\"$@\" > \"$0\"", 1), ("\"$@\" > \"$0\"", 2), ("\"$@\" | cat > \"$0\"", 2),
    ])
    func aFileOrPipeHasPlainLines(line: String, ranks: Int) throws {
      let file = folder.file("output")
      let run = try show(["bash", "-c", "set -o pipefail; \(line)", file] + train(ranks))
      #expect(run.status == 0 && run.output.isEmpty, "\(run.output)")
      expectPlain(fileText(file))
    }

    @Test func linesThatMpirunMarksAreWhole() throws {
      let command = ["mpirun", "--tag-output"] + train(2).dropFirst()
      let run = try show(command)
      let text = Screen(run.output).bytes
      #expect(!text.contains("\r") && text.contains(">:iteration 4/4  "), "\(text)")
    }

    /// A program that a shell has put into the background leaves the prompt alone.
    @Test func aJobInTheBackgroundHasPlainLines() throws {
      let run = try show(["bash", "-mc", "\"$@\" & wait", "bash"] + train())
      #expect(!Screen(run.output).bytes.contains("\r"))
      #expect(run.output.contains("iteration 4/4  "))
    }

    @Test(arguments: [1, 2])
    func aFailureTakesTheLinesPlace(ranks: Int) throws {
      let run = try show(
        train(ranks) + ["--iterations", "100000", "--evaluate-every", "0", "--time-limit", "0.02"])
      #expect(run.status == 75)
      let screen = Screen(run.output)
      let message = screen.lines.filter { $0.contains("--resume") }
      #expect(message.count == 1 && message[0].hasPrefix("disttrain: stopped by --time-limit"))
      #expect(!screen.drawn.isEmpty && !screen.lines.contains { $0.contains(" images/s  ") })
    }

    @Test(arguments: [1, 2])
    func anEvaluationShowsItsProgressBesideItsResult(ranks: Int) throws {
      let training = try CommandRun(train() + ["--evaluate-every", "0"])
      try #require(training.status == 0, "\(training.errors)")
      let program = [CommandRun.disttrain, "evaluate", "--weights", "\(path)/model.safetensors"]
      let command = ranks == 1 ? program : CommandRun.mpirun(ranks, program)
      let alone = try CommandRun(command)
      #expect(alone.output.hasPrefix("test error ") && !alone.errors.contains("evaluating"))
      let shown = Screen(try show(command).output)
      #expect(shown.lines == [String(alone.output.dropLast())])
      #expect(shown.drawn.contains { $0.hasPrefix("evaluating ") })
      let file = folder.file("output")
      let beside = try show(["bash", "-c", "\"$@\" > \"$0\"", file] + command)
      #expect(fileText(file) == alone.output)
      #expect(Screen(beside.output).lines.isEmpty && !Screen(beside.output).drawn.isEmpty)
    }
  }
}
