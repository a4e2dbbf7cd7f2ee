import Testing

import DistTrain

/// The table of all options, by reflection: none is forgotten, and none stands alone.
@Suite struct SettingsTests {
  @Test func everySettingIsInTheTableOnce() {
    #expect(Settings.all.count == Mirror(reflecting: Settings.table).children.count)
    #expect(Set(Settings.all.map(\.key)).count == Settings.all.count)
    #expect(Set(Settings.all.map(\.flag)).count == Settings.all.count)
    #expect(Settings.all.allSatisfy { $0.group == nil || $0.help.hasSuffix(".") })
  }

  @Test func everyFlagHasAnotherValueAndChangesItsKeyAlone() throws {
    for setting in ChangedSettings.flagged { try expectOwnKey(setting) }
  }

  private func expectOwnKey<Setting: SettingProtocol>(_ setting: Setting) throws {
    let text = try #require(
      ChangedSettings.changedText(of: setting),
      "\(setting.key) needs another value in ChangedSettings")
    let value = try #require(Setting.Value(flagText: text), "\(setting.flag) \(text)")
    var given = ChangedSettings.base(of: setting)
    let base = try Configuration(given)
    given[setting: setting] = value
    #expect(given[setting: setting] == value)
    let differences = try Configuration(given).differences(from: base)
      .filter { !["--classes", "--parameters"].contains($0.flag) }
    #expect(differences.map(\.flag) == [setting.flag])
    #expect(differences.first?.own == value.stored.text)
  }

  @Test func aDefaultThatTheHelpStatesIsTheDefault() {
    for setting in ChangedSettings.flagged { expectStatedDefault(setting) }
  }

  private func expectStatedDefault<Setting: SettingProtocol>(_ setting: Setting) {
    let stated = setting.defaultText.prefix { $0 != ";" }
    guard let value = Setting.Value(flagText: String(stated)) else { return }
    #expect(value == setting.defaultValue, "\(setting.key)")
  }

  @Test func whatIsNotGivenIsNil() {
    var given = PartialConfiguration()
    #expect(given.depth == nil && given.mean == nil && given.warmUpLearningRate == nil)
    given.depth = 56
    given.mean = [0.5, 0.4, 0.3]
    #expect(given.depth == 56 && given.mean == [0.5, 0.4, 0.3])
    given.mean = nil
    #expect(given == PartialConfiguration { $0.depth = 56 })
  }

  @Test func theLastOfSeveralCounts() {
    let first = PartialConfiguration {
      $0.depth = 56
      $0.seed = 2
    }
    let both = PartialConfiguration(first, PartialConfiguration { $0.depth = 8 })
    #expect(both.depth == 8 && both.seed == 2)
  }
}
