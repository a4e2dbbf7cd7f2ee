/// One option of a training: its key in `config.json`, its flag, its default and its help.
public struct Setting<Value: SettingValue>: Sendable {
  /// The key in `config.json`.
  public let key: String
  /// The flag, as messages name it.
  public let flag: String
  /// The value where neither a flag nor a recipe gives another.
  public let defaultValue: Value
  /// The group of the flag in the help; nil for what is recorded and no flag gives.
  public let group: SettingGroup?
  /// What the flag decides, in a sentence.
  public let help: String
  /// The default as the help states it.
  public let defaultText: String
  /// What is wrong with a value, to be said after it; nil if nothing is.
  package let fault: @Sendable (Value) -> String?

  /// Makes a setting that a flag gives, `--` and the key with `-` for `_`.
  ///
  /// - Parameters:
  ///   - key: the key in `config.json`.
  ///   - defaultValue: the value where neither a flag nor a recipe gives another.
  ///   - group: the group of the flag in the help.
  ///   - help: what the flag decides, in a sentence.
  ///   - defaultText: the default as the help states it, where it is not the value alone.
  ///   - fault: what is wrong with a value by itself, to be said after it.
  init(
    _ key: String, default defaultValue: Value, _ group: SettingGroup, _ help: String,
    defaultText: String? = nil, fault: @escaping @Sendable (Value) -> String? = { _ in nil }
  ) {
    self.key = key
    flag = "--" + key.replacing("_", with: "-")
    self.defaultValue = defaultValue
    self.group = group
    self.help = help
    self.defaultText = defaultText ?? defaultValue.flagText
    self.fault = fault
  }

  /// Makes a setting that is recorded, and that no flag gives.
  ///
  /// - Parameters:
  ///   - key: the key in `config.json`.
  ///   - defaultValue: the value until there is another.
  ///   - flag: the flag that it comes from, if it comes from one.
  init(recorded key: String, default defaultValue: Value, from flag: String? = nil) {
    self.key = key
    self.flag = flag ?? "--" + key.replacing("_", with: "-")
    self.defaultValue = defaultValue
    group = nil
    help = ""
    defaultText = defaultValue.flagText
    fault = { _ in nil }
  }
}

/// A group of flags.
public enum SettingGroup: String, Sendable {
  /// What is trained.
  case network = "Network"
  /// What it is trained on.
  case data = "Data"
  /// How many samples make a step, and how they are summed.
  case batch = "Batch"
  /// How weights change.
  case schedule = "Schedule and optimiser"
  /// What is recorded, and when.
  case run = "Run"

  /// The title in the help.
  public var title: String { rawValue }
}

/// A setting of whatever type, to go through all of them.
package protocol SettingProtocol<Value>: Sendable {
  associatedtype Value: SettingValue
  var key: String { get }
  var flag: String { get }
  var defaultValue: Value { get }
  var group: SettingGroup? { get }
  var help: String { get }
  var defaultText: String { get }
  var fault: @Sendable (Value) -> String? { get }
}

extension Setting: SettingProtocol {}

extension SettingProtocol {
  /// The default as `config.json` holds it.
  var storedDefault: ConfigurationValue { defaultValue.stored }

  /// Reads what a file holds; nil if this setting cannot be that.
  func value(_ stored: ConfigurationValue) -> (any SettingValue)? { Value(stored: stored) }

  /// A configuration's value as the flag would give it; nil for none.
  package func text(in configuration: Configuration) -> String? {
    let value = configuration[setting: self]
    return value.stored == .null ? nil : value.flagText
  }

  /// Checks a value by itself.
  ///
  /// - Parameter configuration: has the value.
  /// - Throws: `Failure` of kind usage that names the flag, the value and what is wrong with it.
  package func check(_ configuration: Configuration) throws(Failure) {
    let value = configuration[setting: self]
    if let fault = fault(value) {
      throw Failure(.usage, "\(flag) \(value.flagText) \(fault)")
    }
  }
}
