import Foundation
import FoundationXML
import Testing

import DistTrain

private let hasGnuplot = ExternalProgram.find("gnuplot") != nil

extension EndToEnd {
  @Suite(.enabled(if: hasGnuplot, "needs gnuplot, of the package gnuplot-nox")) struct Plot {
    private let folder = TemporaryFolder()
    private static let errors = [0.29, 0.21, 0.25, 0.125, 0.0875]

    private func plot(
      _ arguments: [String], ranks: Int = 1, environment: [String: String] = [:]
    ) throws -> CommandRun {
      try CommandRun.disttrain(["plot"] + arguments, ranks: ranks, environment: environment)
    }

    /// A run of errors that differ from others'.
    @discardableResult
    private func run(
      _ name: String, factor: Double = 1, _ give: (inout PartialConfiguration) -> Void = { _ in }
    ) throws -> String {
      _ = try HandmadeRun(
        folder.file(name), test: Self.errors.map { $0 * factor },
        training: Self.errors.map { $0 * factor / 2 }, give)
      return folder.file(name)
    }

    private func draw(_ arguments: [String]) throws -> String {
      let file = folder.file("figure.svg")
      let result = try plot(arguments + ["--out", file])
      try #require(result.status == 0, "\(result.errors)")
      return fileText(file)
    }

    /// The lines of the plots, in pixels, without what is filled.
    private func lines(_ svg: String) -> [[(x: Double, y: Double)]] {
      svg.components(separatedBy: "id=\"gnuplot_plot_").dropFirst().compactMap { part in
        let drawn = part.components(separatedBy: "\n\t</g>")[0]
        guard let path = drawn.range(of: " d='M") else { return nil }
        let places = drawn[path.upperBound...].prefix { $0 != "'" }
        return places.split { $0.isWhitespace || $0 == "L" }.compactMap {
          let numbers = $0.split(separator: ",").compactMap { Double($0) }
          return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
        }
      }
    }

    /// Where the mark of an axis is, in pixels.
    private func mark(_ text: String, _ svg: String) throws -> (x: Double, y: Double) {
      let before = try #require(svg.range(of: "<text>\(text)</text>")).lowerBound
      let start = try #require(svg[..<before].range(of: "translate(", options: .backwards))
      let numbers = svg[start.upperBound...].prefix { $0 != ")" }.split(separator: ",")
      return (Double(numbers[0]) ?? 0, Double(numbers[1]) ?? 0)
    }

    @Test func linesGoThroughTheErrorsOfTheLogs() throws {
      let svg = try draw([run("one")])
      let lines = lines(svg)
      try #require(lines.count == 2)
      let perEpoch = (try mark("4", svg).x - mark("2", svg).x) / 2
      let perCent = (try mark("10", svg).y - mark("20", svg).y) / 10
      for (line, factor) in zip(lines, [0.5, 1]) {
        try #require(line.count == Self.errors.count)
        for index in line.indices {
          let epoch = HandmadeRun.epoch(ofRow: index)
          let x = try mark("2", svg).x + (epoch - 2) * perEpoch
          // A number stands a little below its mark, all of them equally.
          let y = line[0].y + 100 * factor * (Self.errors[0] - Self.errors[index]) * perCent
          #expect(abs(line[index].x - x) < 0.6 && abs(line[index].y - y) < 0.1)
        }
      }
      let offset = try mark("20", svg).y - (lines[1][0].y + 9 * perCent)
      #expect(offset > 0 && offset < 6)
    }

    @Test func seedsAreOneCurveOfTheirMean() throws {
      for seed in 1...3 {
        try run("seed\(seed)", factor: [1, 0.5, 0.9][seed - 1]) { $0.seed = UInt64(seed) }
      }
      let svg = try draw((1...3).map { folder.file("seed\($0)") })
      #expect(svg.contains("residual 20 A (3 runs)") && svg.contains("from the least"))
      try run("mean", factor: 0.8)
      let mean = try draw([folder.file("mean")])
      let expected = try #require(lines(mean).last)
      let found = try #require(lines(svg).last)
      #expect(zip(found, expected).allSatisfy { abs($0.y - $1.y) < 0.02 })
    }

    @Test(arguments: [
      "a_b^{c} @d & <e> \"f\" 'g' \\", "`touch FILE` $(touch FILE) \\n %s %d", "'; system('id') #",
      "''; \"", "\\", "@x $0",
      "<script>alert(1)</script>", "中文 Ωé",
    ])
    func namesAreDrawnAsTheyAre(name: String) throws {
      let mark = folder.file("mark")
      let text = name.replacing("FILE", with: mark)
      let svg = try draw([run("one"), "--label", text, "--title", text])
      let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      // Long names are cut in the legend, never in their characters.
      #expect(svg.components(separatedBy: escaped.prefix(40)).count == 3, "\(escaped)")
      #expect(!FileManager.default.fileExists(atPath: mark))
      #expect(XMLParser(data: Data(svg.utf8)).parse())
    }

    @Test func linesOfANameBecomeSpaces() throws {
      let svg = try draw([run("one"), "--label", "one\nset output 'x'\ttwo\u{1b}"])
      #expect(svg.contains("one set output 'x' two"))
    }

    @Test func panelsAreOfPlainAndOfResidualNetworks() throws {
      for depth in [20, 32] {
        try run("plain\(depth)") { ($0.network, $0.depth) = (.plain, depth) }
        try run("residual\(depth)", factor: 0.8) { $0.depth = depth }
      }
      let names = ["plain20", "plain32", "residual20", "residual32"].map(folder.file)
      let svg = try draw(names + ["--panels", "--x", "iteration"])
      for text in ["plain", "residual", "plain 32", "residual 20 A", "iteration", "1,000"] {
        #expect(svg.contains("<text>\(text)</text>"), "\(text)")
      }
      #expect(lines(svg).count == 8)
      #expect(try lines(draw(names)).count == 8)
    }

    @Test func theSameRunsGiveTheSameBytesAlsoAsAPicture() throws {
      try run("one")
      for name in ["a.png", "b.png", "a.svg", "b.svg"] {
        let ended = try plot([folder.file("one"), "--out", folder.file(name)])
        #expect(ended.status == 0, "\(ended.errors)")
      }
      #expect(difference(folder.file("a.png"), folder.file("b.png")) == nil)
      #expect(difference(folder.file("a.svg"), folder.file("b.svg")) == nil)
      #expect(fileBytes(folder.file("a.png"))?.starts(with: [0x89, 0x50, 0x4e, 0x47]) == true)
    }

    @Test func twoHundredRunsAreDrawnAndTheirLegendEnds() throws {
      let names = try (1...200).map { number in
        try run("run\(number)", factor: 0.5 + Double(number) / 400) {
          $0.learningRate = Double(number) / 1000
        }
      }
      let svg = try draw(names)
      #expect(lines(svg).count == 400)
      #expect(svg.contains("<text>and 188 more</text>"))
      #expect(svg.contains("residual 20 A, lr 0.012") && !svg.contains("lr 0.013"))
    }

    @Test func shortTrainingsWidenTheAxisAndSaySo() throws {
      _ = try HandmadeRun(folder.file("short"), test: [0.6, 0.5], training: [0.8, 0.6])
      #expect(try draw([folder.file("short")]).contains("beyond 30 %"))
      #expect(try !draw([run("long")]).contains("beyond 30 %"))
    }

    @Test func testErrorsThatEndAboveTheAxisAreTold() throws {
      let runs = try (1...10).map { n in
        try run("\(n)", factor: n < 6 ? 1 : 3.44) { $0.depth = 6 * n + 2 }
      }
      let names = "residual 38 A, 30.10 %; residual 44 A, 30.10 %"
      let figure = try draw(Array(runs[..<7]))
      #expect(figure.contains("Bold lines that end above the axis: \(names)."))
      #expect(try draw(runs).contains("5 bold lines end above the axis."))
      #expect(try !draw(Array(runs[..<5])).contains("above the axis"))
    }

    @Test func anUnfinishedRunIsDrawnAsFarAsItIs() throws {
      let path = try run("one")
      let log = FileHandle(forWritingAtPath: "\(path)/evaluation.csv")
      _ = try log?.seekToEnd()
      try log?.write(contentsOf: Data("2346,6.0".utf8))
      try log?.close()
      #expect(try lines(draw([path])).map(\.count) == [5, 5])
      try Data((EvaluationRow.columns.joined(separator: ",") + "\n").utf8)
        .write(to: URL(fileURLWithPath: "\(path)/evaluation.csv"))
      let svg = try draw([path])
      #expect(lines(svg).count == 1 && svg.contains("no evaluation yet"))
    }

    private func refused(
      _ arguments: [String], _ code: Int32, _ words: String..., ranks: Int = 1,
      environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let before = snapshot(folder.path)
      let result = try plot(arguments, ranks: ranks, environment: environment)
      #expect(result.status == code, "\(result.errors)", sourceLocation: sourceLocation)
      #expect(result.ownErrors.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
      for word in words {
        #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: sourceLocation)
      }
      #expect(snapshot(folder.path) == before, sourceLocation: sourceLocation)
    }

    @Test func whatCannotBeDrawnIsToldWithTheCodeOfTheContract() throws {
      let run = try run("one")
      let out = ["--out", folder.file("f.svg")]
      try refused([run, "--out", folder.file("f.gif")], 64, "f.gif", ".svg or .png")
      try refused([run, "--out", folder.file(".svg")], 64, ".svg or .png")
      try refused([run, "--label", "a", "--label", "b"] + out, 64, "2 --label for 1 curves")
      try FileManager.default.copyItem(atPath: run, toPath: folder.file("copy"))
      try refused([run, folder.file("copy")] + out, 64, "the same training, seed 1; give one")
      try refused([folder.path] + out, 66, "config.json is not there")
      try refused([run, folder.file("none")] + out, 66, "none/config.json", ranks: 2)
      try refused([run, "--out", folder.file("no/such/f.svg")], 74, "no/such/f.svg")
      try refused(
        [run] + out, 69, "gnuplot-nox", environment: ["PATH": folder.file("empty")])
    }

    @Test func damagedFoldersAreToldWithTheFile() throws {
      let run = try run("one")
      let out = ["--out", folder.file("f.svg")]
      let rows = fileText("\(run)/evaluation.csv")
      func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(run)/\(name)"))
      }
      try write(rows + rows.split(separator: "\n")[1] + "\n", "evaluation.csv")
      try refused([run] + out, 65, "evaluation.csv has the row 391", "cannot follow")
      try write(rows + "9999,25.6,nan,0.1,0.1\n", "evaluation.csv")
      try refused([run] + out, 65, "9999")
      try write("iteration,epoch", "evaluation.csv")
      try refused([run] + out, 65, "does not begin with")
      try FileManager.default.removeItem(atPath: "\(run)/evaluation.csv")
      try refused([run] + out, 66, "evaluation.csv is not there")
      let configuration = fileText("\(run)/config.json")
      try write(configuration.replacing("\"format\" : 1", with: "\"format\" : 7"), "config.json")
      try refused([run] + out, 65, "config.json", "format 7")
      try write(String(configuration.prefix(100)), "config.json")
      try refused([run] + out, 65, "is the file cut?", ranks: 2)
    }
  }
}
