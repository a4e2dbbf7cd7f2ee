import Foundation
import Testing

import DistTrain

extension EndToEnd {
  @Suite struct ReportPages {
    private let folder = TemporaryFolder()

    /// What is between two texts, for each time that the first one is there.
    private func parts(_ text: String, from start: String, to end: String) -> [String] {
      text.components(separatedBy: start).dropFirst().map {
        $0.components(separatedBy: end)[0]
      }
    }

    private func confusion(_ page: String) -> [[Int]] {
      guard let table = parts(page, from: "<table class=\"confusion\">", to: "</table>").first
      else { return [] }
      return parts(table, from: "<tr>", to: "</tr>").dropFirst().map { row in
        parts(row, from: "<td", to: "</td>").compactMap {
          Int($0.components(separatedBy: ">")[1])
        }
      }
    }

    @Test func itsErrorsAreThoseOfEvaluate() throws {
      let run = try ShortRun(["--network", "plain", "--train-images", "45000"])
      let written = try CommandRun.disttrain(["report", run.file("")])
      #expect(written.status == 0, "\(written.errors)")
      let page = fileText(run.file("report.html"))
      let evaluated = try CommandRun.disttrain(
        ["evaluate", "--weights", run.file("model.safetensors")])
      let text = evaluated.lastLine
      #expect(text.hasPrefix("test error") && page.contains(text), "\(text)")
      let confusion = confusion(page)
      try #require(confusion.count == 10 && confusion.allSatisfy { $0.count == 10 })
      #expect(confusion.joined().reduce(0, +) == 10_000)
      let right = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
      #expect(text.contains("(\(10_000 - right) of 10000)"))
      let digest = try #require(csvColumn(run.file("hashes.csv"), "weights_sha256").last)
      #expect(page.contains("weights sha256 \(digest)"))
      #expect(page.contains("--network plain") && page.contains("--train-images 45000"))
      #expect(page.contains("held out training images"))
      #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("<script"))
      #expect(parts(page, from: "data:image/png;base64,", to: "\"").count == 24)
      // The same run gives the same bytes, whoever writes it.
      let again = try CommandRun.disttrain(["report", run.file("")], ranks: 2)
      #expect(again.status == 0 && fileText(run.file("report.html")) == page, "\(again.errors)")
    }

    @Test func anUnfinishedRunIsReportedFromItsNewestSoundCheckpoint() throws {
      let run = try ShortRun(["--stop-after", "5"])
      _ = try CommandRun.disttrain(["report", run.file("")])
      var page = fileText(run.file("report.html"))
      #expect(page.contains("is not finished") && page.contains("step-00000005.safetensors"))
      truncate(run.file("checkpoints/step-00000005.safetensors"), 1000)
      _ = try CommandRun.disttrain(["report", run.file("")])
      page = fileText(run.file("report.html"))
      #expect(page.contains("step-00000003.safetensors"))
      for name in ["checkpoints", "best.safetensors", "timing.csv"] {
        try FileManager.default.removeItem(atPath: run.file(name))
      }
      let bare = try CommandRun.disttrain(["report", run.file("")])
      #expect(bare.status == 0 && bare.errors.contains("without an evaluation"))
      page = fileText(run.file("report.html"))
      #expect(page.contains("has no weights yet") && page.contains("the speed is not known"))
      #expect(confusion(page).isEmpty && page.contains("To repeat it"))
    }

    @Test func nothingOfAFileIsMarkup() throws {
      let name = "<b>&'\"<script>alert(1)</script>"
      let path = folder.file(name)
      _ = try HandmadeRun(path, test: [0.5], training: [0.5])
      let written = try CommandRun.disttrain(["report", path])
      #expect(written.status == 0, "\(written.errors)")
      let page = fileText("\(path)/report.html")
      #expect(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)"))
    }

    /// Numbers that no training has, but that a file can hold.
    @Test(arguments: [
      ("train.csv", "391,1,0.1,1.7e308,0.5"), ("train.csv", "391,1e300,0.1,2,0.5"),
      ("evaluation.csv", "391,1,0.5,-1,0.5"), ("timing.csv", "391,2,1e300,1800"),
      ("timing.csv", "391,2,inf,1800"), ("timing.csv", "391,2,27,1e300"),
      ("timing.csv", "391,2,27,-1"), ("hashes.csv", "391,<script>"),
    ])
    func aRowThatCannotBeIsRefused(name: String, row: String) throws {
      let path = folder.file("run")
      _ = try HandmadeRun(path, test: [0.5], training: [0.5])
      let headers = [
        TrainRow.columns, EvaluationRow.columns, TimingRow.columns, HashRow.columns,
      ]
      let names = ["train.csv", "evaluation.csv", "timing.csv", "hashes.csv"]
      let header = headers[try #require(names.firstIndex(of: name))].joined(separator: ",")
      try Data("\(header)\n\(row)\n".utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
      let result = try CommandRun.disttrain(["report", path])
      #expect(result.status == 65 && result.ownErrors.count == 1, "\(result.errors)")
      #expect(result.errors.contains("\(name) has the row"), "\(result.errors)")
    }

    @Test func whatIsNoRunIsRefused() throws {
      for (path, code, word) in [
        (folder.path, 66, "config.json is not there"), (folder.file("none"), 66, "none"),
      ] {
        let result = try CommandRun.disttrain(["report", path], ranks: 2)
        #expect(result.status == Int32(code) && result.ownErrors.count == 1, "\(result.errors)")
        #expect(result.errors.contains(word))
      }
    }
  }
}

@Suite struct ConfigurationCommandTests {
  /// Reads flags back as `train` does.
  private func configuration(_ flags: [String]) throws -> Configuration {
    var given = PartialConfiguration()
    for flag in flags {
      let parts = flag.split(separator: " ", maxSplits: 1).map(String.init)
      for setting in Settings.all where setting.flag == parts[0] {
        give(setting, parts[1] == "\"\"" ? "" : parts[1], to: &given)
      }
    }
    return try Configuration(given)
  }

  private func give<S: SettingProtocol>(
    _ setting: S, _ text: String, to given: inout PartialConfiguration
  ) {
    given[setting: setting] = S.Value(flagText: text)
  }

  @Test func flagsGiveTheConfigurationBack() throws {
    let paper = try Configuration(.paper)
    #expect(paper.commandFlags.isEmpty)
    for setting in ChangedSettings.flagged {
      for recipe in Configuration.RecipeName.allCases {
        var given = ChangedSettings.base(of: setting)
        given.recipe = recipe
        let text = ChangedSettings.changedText(of: setting) ?? ""
        give(setting, text, to: &given)
        let wanted = try Configuration(given)
        #expect(try configuration(wanted.commandFlags) == wanted, "\(setting.flag) \(text)")
      }
    }
    let deep = try Configuration(.tanjeffreyz) {
      ($0.depth, $0.warmUpIterations, $0.milestones) = (56, 0, [])
    }
    #expect(try configuration(deep.commandFlags) == deep)
    #expect(deep.commandFlags.contains("--milestones \"\""))
    #expect(deep.commandFlags.contains("--warmup-iterations 0"))
  }
}
