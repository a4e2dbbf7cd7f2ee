import Foundation
import Testing

import DistTrain

extension EndToEnd {
  /// Every flag of the configuration, by reflection: from the command line to `config.json`, and to
  /// the weights or the logs.
  @Suite struct SettingEffects {
    private let data = TemporaryFolder()

    /// What a run left.
    private struct Outcome {
      let configuration: [String: Any]
      let weights: String
      /// What it told: its logs, and the name of its recipe.
      let logs: [String]

      init(_ given: PartialConfiguration, data: String) throws {
        let folder = TemporaryFolder()
        let run = try CommandRun.disttrain(
          ["train", "--run", folder.file("run"), "--data", data] + ChangedSettings.flags(given))
        try #require(run.lastLine.hasPrefix("weights sha256 "), "\(run.errors)")
        configuration = try #require(
          JSONSerialization.jsonObject(with: Data(fileBytes(folder.file("run/config.json")) ?? []))
            as? [String: Any])
        weights = run.lastLine
        let recipe = try #require(run.output.firstMatch(of: /\nrecipe +([^,\n]+)/)).1
        logs =
          ["train.csv", "evaluation.csv"].map { fileText(folder.file("run/\($0)")) }
          + [String(recipe)]
      }

      /// The keys whose values are not another run's.
      func changedKeys(from other: Outcome) -> Set<String> {
        Set(
          configuration.keys.filter {
            "\(configuration[$0] as Any)" != "\(other.configuration[$0] as Any)"
          })
      }
    }

    /// Writes batches of CIFAR-10's form, a hundred images over and over, which load at once.
    private func writeBatches() throws {
      let images = ImageSet.random(count: 100)
      var records: [UInt8] = []
      for (image, label) in images.labels.enumerated() {
        records.append(label)
        records += images.pixels[image * 3072..<(image + 1) * 3072]
      }
      let batch = Data(Array(repeating: records, count: 100).joined())
      for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
        try batch.write(to: URL(fileURLWithPath: data.file(name)))
      }
    }

    @Test func everyFlagReachesItsKeyAndTheRun() throws {
      try writeBatches()
      let derived = Set(["classes", "parameters", "dataset_sha256"])
      var bases: [[String]: Outcome] = [:]
      for setting in ChangedSettings.flagged {
        let given = ChangedSettings.base(of: setting)
        let flags = ChangedSettings.flags(given)
        let base = try bases[flags] ?? Outcome(given, data: data.path)
        bases[flags] = base
        let changed = try Outcome(changing(setting, in: given), data: data.path)
        #expect(
          changed.changedKeys(from: base).subtracting(derived) == [setting.key], "\(setting.key)")
        // A recipe is a name where all that it sets is given.
        let isLogged = setting.group == .run || setting.key == Settings.table.recipe.key
        #expect((changed.weights == base.weights) == isLogged, "\(setting.key)")
        #expect(!isLogged || changed.logs != base.logs, "\(setting.key)")
      }
    }

    private func changing<Setting: SettingProtocol>(
      _ setting: Setting, in given: PartialConfiguration
    ) throws -> PartialConfiguration {
      let text = try #require(ChangedSettings.changedText(of: setting))
      var changed = given
      changed[setting: setting] = Setting.Value(flagText: text)
      return changed
    }
  }
}
