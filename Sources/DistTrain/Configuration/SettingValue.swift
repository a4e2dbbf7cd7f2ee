import ResNet

/// What a setting can be: a text where a flag gives it, and a value where `config.json` holds it.
public protocol SettingValue: Equatable, Sendable {
  /// The texts that a flag can give, if they can be counted.
  static var words: [String] { get }

  /// Reads the text of a flag.
  ///
  /// - Parameter flagText: the text.
  init?(flagText: String)

  /// Reads what a file holds.
  ///
  /// - Parameter stored: the value of a key.
  init?(stored: ConfigurationValue)

  /// The value as a flag would give it.
  var flagText: String { get }

  /// The value as a file holds it, one form for each value.
  var stored: ConfigurationValue { get }
}

extension SettingValue {
  /// No words, as there are too many.
  public static var words: [String] { [] }
}

extension SettingValue where Self: LosslessStringConvertible {
  /// Reads a number or text.
  ///
  /// - Parameter flagText: the text.
  public init?(flagText: String) { self.init(flagText) }

  /// The shortest text that reads back to the same value.
  public var flagText: String { description }
}

/// A word of a list.
extension SettingValue where Self: RawRepresentable<String> & CaseIterable {
  /// All of the list, in its order.
  public static var words: [String] { allCases.map(\.rawValue) }

  /// Finds a word.
  ///
  /// - Parameter flagText: the word.
  public init?(flagText: String) { self.init(rawValue: flagText) }

  /// Finds a word.
  ///
  /// - Parameter stored: a text.
  public init?(stored: ConfigurationValue) {
    guard case .string(let word) = stored else { return nil }
    self.init(rawValue: word)
  }

  /// The word.
  public var flagText: String { rawValue }

  /// The word.
  public var stored: ConfigurationValue { .string(rawValue) }
}

extension DatasetDescription: SettingValue {}
extension Architecture.Kind: SettingValue {}
extension Architecture.Shortcut: SettingValue {}
extension Architecture.Stem: SettingValue {}
extension ProjectionInitialization: SettingValue {}

extension Int: SettingValue {
  /// Reads a whole number.
  ///
  /// - Parameter stored: a whole number of this size.
  public init?(stored: ConfigurationValue) {
    guard case .integer(let number) = stored else { return nil }
    self = number
  }

  /// The number.
  public var stored: ConfigurationValue { .integer(self) }
}

extension UInt64: SettingValue {
  /// Reads a whole number that is not below 0.
  ///
  /// - Parameter stored: a whole number.
  public init?(stored: ConfigurationValue) {
    switch stored {
    case .integer(let number): self.init(exactly: number)
    case .unsigned(let number): self = number
    default: return nil
    }
  }

  /// The number.
  public var stored: ConfigurationValue {
    Int(exactly: self).map(ConfigurationValue.integer) ?? .unsigned(self)
  }
}

extension Double: SettingValue {
  /// Reads a number.
  ///
  /// - Parameter stored: any number.
  public init?(stored: ConfigurationValue) {
    switch stored {
    case .integer(let number): self.init(number)
    case .unsigned(let number): self.init(number)
    case .number(let number): self = number
    default: return nil
    }
  }

  /// The number; a whole one as JSON has it, without a point.
  public var stored: ConfigurationValue {
    Int(exactly: self).map(ConfigurationValue.integer)
      ?? UInt64(exactly: self).map(ConfigurationValue.unsigned) ?? .number(self)
  }
}

extension String: SettingValue {
  /// Reads a text.
  ///
  /// - Parameter stored: a text.
  public init?(stored: ConfigurationValue) {
    guard case .string(let text) = stored else { return nil }
    self = text
  }

  /// The text.
  public var stored: ConfigurationValue { .string(self) }
}

/// Values separated by commas; nothing is no values.
extension Array: SettingValue where Element: SettingValue {
  /// Reads values separated by commas.
  ///
  /// - Parameter flagText: the values.
  public init?(flagText: String) {
    let parts =
      flagText.isEmpty ? [] : flagText.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { Element(flagText: String($0)) }
    if values.count != parts.count { return nil }
    self = values
  }

  /// Reads a list.
  ///
  /// - Parameter stored: a list.
  public init?(stored: ConfigurationValue) {
    guard case .list(let list) = stored else { return nil }
    let values = list.compactMap { Element(stored: $0) }
    if values.count != list.count { return nil }
    self = values
  }

  /// The values, separated by commas.
  public var flagText: String { map(\.flagText).joined(separator: ",") }

  /// The list.
  public var stored: ConfigurationValue { .list(map(\.stored)) }
}

/// A value, or none; a flag gives values only.
extension Optional: SettingValue where Wrapped: SettingValue {
  /// The texts of a value.
  public static var words: [String] { Wrapped.words }

  /// Reads a value.
  ///
  /// - Parameter flagText: its text.
  public init?(flagText: String) {
    guard let value = Wrapped(flagText: flagText) else { return nil }
    self = value
  }

  /// Reads a value, or null.
  ///
  /// - Parameter stored: what a value can be, or null.
  public init?(stored: ConfigurationValue) {
    let value = Wrapped(stored: stored)
    if value == nil && stored != .null { return nil }
    self = value
  }

  /// The value's text, or none.
  public var flagText: String { self?.flagText ?? "none" }

  /// The value, or null.
  public var stored: ConfigurationValue { self?.stored ?? .null }
}
