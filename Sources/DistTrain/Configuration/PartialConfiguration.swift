/// Settings of which each is given or not: the flags of a call, or what a recipe changes.
///
/// A setting has its name in ``Settings``, so that `given.depth = 56` gives the depth, and
/// `given.depth` is nil where none is given.
@dynamicMemberLookup
public struct PartialConfiguration: Equatable, Sendable {
  /// What is given, by key.
  package private(set) var values: [String: any SettingValue] = [:]

  /// Makes a configuration.
  ///
  /// - Parameter give: gives some settings.
  public init(_ give: (inout PartialConfiguration) -> Void) { give(&self) }

  /// Makes a configuration of others.
  ///
  /// - Parameter parts: what is given; the last counts.
  public init(_ parts: PartialConfiguration...) {
    for part in parts { values.merge(part.values) { $1 } }
  }

  /// A setting's value, if one is given.
  ///
  /// - Parameter path: the setting.
  /// - Returns: the value.
  public subscript<Value>(dynamicMember path: KeyPath<Settings, Setting<Value>>) -> Value? {
    get { self[setting: Settings.table[keyPath: path]] }
    set { self[setting: Settings.table[keyPath: path]] = newValue }
  }

  /// A value of a setting that can have none, if one is given.
  ///
  /// - Parameter path: the setting.
  /// - Returns: the value.
  public subscript<Value: SettingValue>(
    dynamicMember path: KeyPath<Settings, Setting<Value?>>
  ) -> Value? {
    get { self[setting: Settings.table[keyPath: path]] ?? nil }
    set { self[setting: Settings.table[keyPath: path]] = newValue.map(Optional.some) }
  }

  /// A setting's value, if one is given.
  ///
  /// - Parameter setting: the setting.
  /// - Returns: the value.
  package subscript<S: SettingProtocol>(setting setting: S) -> S.Value? {
    get { values[setting.key] as? S.Value }
    set { values[setting.key] = newValue }
  }

  /// Whether the same settings are given the same values.
  ///
  /// - Parameters:
  ///   - left: a partial configuration.
  ///   - right: another.
  /// - Returns: whether they are equal.
  public static func == (left: PartialConfiguration, right: PartialConfiguration) -> Bool {
    left.values.mapValues(\.stored) == right.values.mapValues(\.stored)
  }

  /// The flags that have to be the same on all ranks, with the values that are given, or none.
  var agreedFlags: [(name: String, value: String)] {
    Settings.all.filter { $0.group != nil }.map { setting in
      (setting.flag, values[setting.key]?.flagText ?? "none")
    }
  }
}
