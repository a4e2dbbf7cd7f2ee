import ArgumentParser
import DistTrain

/// Which settings a command has as flags, in the order of its help.
protocol SettingSelection {
  static var flags: [SettingFlag] { get }
}

/// A setting's flag, as a command has it.
struct SettingFlag: Sendable {
  let setting: any SettingProtocol
  /// The default as the command's help states it.
  let defaultText: String

  /// Makes the flag.
  ///
  /// - Parameters:
  ///   - setting: the setting.
  ///   - defaultText: its default, where the command has another than ``Settings``.
  init(_ setting: any SettingProtocol, default defaultText: String? = nil) {
    self.setting = setting
    self.defaultText = defaultText ?? setting.defaultText
  }

  /// The flags of a whole group.
  static func all(of group: SettingGroup) -> [SettingFlag] {
    Settings.all.filter { $0.group == group }.map { SettingFlag($0) }
  }
}

/// The flags of some settings, made from ``Settings`` rather than declared.
///
/// The parser finds the options of a type in its mirror and decodes them by their keys.
struct SettingFlags<Selection: SettingSelection>: ParsableArguments, CustomReflectable {
  /// What the flags that were given say.
  private(set) var given = PartialConfiguration()

  init() {}

  init(from decoder: any Decoder) throws {
    let options = try decoder.container(keyedBy: SettingKey.self)
    for flag in Selection.flags { try decode(flag.setting, options) }
  }

  private mutating func decode<Setting: SettingProtocol>(
    _ setting: Setting, _ options: KeyedDecodingContainer<SettingKey>
  ) throws {
    let option = try options.decode(
      Option<FlagValue<Setting.Value>?>.self, forKey: SettingKey(stringValue: setting.key))
    given[setting: setting] = option.wrappedValue?.value
  }

  var customMirror: Mirror {
    Mirror(
      self,
      children: Selection.flags.map { flag in
        (label: "_" + flag.setting.key, value: Self.option(flag.setting, flag.defaultText))
      })
  }

  private static func option<Setting: SettingProtocol>(
    _ setting: Setting, _ defaultText: String
  ) -> Any {
    Option<FlagValue<Setting.Value>?>(
      name: .customLong(String(setting.flag.dropFirst(2))),
      help: "\(setting.help) (default: \(defaultText))")
  }
}

/// The value of a setting as its flag gives it.
private struct FlagValue<Value: SettingValue>: ExpressibleByArgument {
  let value: Value

  init?(argument: String) {
    guard let value = Value(flagText: argument) else { return nil }
    self.value = value
  }

  static var allValueStrings: [String] { Value.words }

  static var defaultCompletionKind: CompletionKind {
    Value.words.isEmpty ? .default : .list(Value.words)
  }
}

/// The key of a setting, by which the parser knows its option.
private struct SettingKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }

  init?(intValue: Int) { nil }
}
