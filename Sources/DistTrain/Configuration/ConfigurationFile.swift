import Foundation

extension Configuration {
  /// The text of `config.json`: every key, sorted, shortest numbers, the same wherever it is written.
  ///
  /// - Returns: JSON that ends with a newline.
  /// - Throws: `Failure` if a value cannot be encoded.
  package func jsonText() throws(Failure) -> String {
    try Self.text(stored) + "\n"
  }

  /// SHA-256 over everything that decides bits and logs.
  ///
  /// Keys without a value are left out, so that one that a later release adds, and that a run does
  /// not use, leaves the digest as it was.
  ///
  /// - Returns: 64 hexadecimal digits.
  /// - Throws: `Failure` if a value cannot be encoded.
  package func digest() throws(Failure) -> String {
    SHA256.hexDigest(Array(try Self.text(stored.filter { $0.value != .null }).utf8))
  }

  private static func text(_ values: [String: ConfigurationValue]) throws(Failure) -> String {
    try values.sortedJSON(isPretty: true)
  }

  /// Reads the text of `config.json`.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - file: its name, for messages.
  /// - Throws: `Failure` of kind data.
  package init(json bytes: [UInt8], file: String) throws(Failure) {
    func unsound(_ reason: String) -> Failure {
      Failure(.data, "\(file) is not a sound configuration: \(reason)")
    }
    guard
      let values = try? JSONDecoder().decode([String: ConfigurationValue].self, from: Data(bytes))
    else { throw unsound("it is not a flat JSON object; is the file cut?") }
    // Of two equal keys Foundation takes one without a word.
    do throws(JSONValue.Fault) { _ = try JSONValue(bytes) } catch { throw unsound(error.reason) }
    try Self.checkKeys(values, unsound)
    var read: [String: any SettingValue] = [:]
    for setting in Settings.sortedByKey {
      let stored = values[setting.key] ?? .null
      guard let value = setting.value(stored) else {
        throw unsound("its \(setting.key) is \(stored.text), which it cannot be")
      }
      read[setting.key] = value
    }
    self.init(values: read)
    do throws(Failure) { try check() } catch { throw unsound(error.message) }
    let derived = withDerivedValues
    if derived != self {
      throw unsound(
        "it has \(self.classes) classes and \(self.parameters) parameters where "
          + "\(self.dataset.rawValue) and the network have \(derived.classes) and "
          + "\(derived.parameters)")
    }
  }

  /// Checks that a file has this release's keys, and that this release computes its bits.
  private static func checkKeys(
    _ values: [String: ConfigurationValue], _ unsound: (String) -> Failure
  ) throws(Failure) {
    let settings = Settings.table
    guard values[settings.format.key] == settings.format.storedDefault else {
      let format = values[settings.format.key].map { "has the format \($0.text)" }
      throw unsound(
        "it \(format ?? "has no format, so it is of an older program"), and this program has "
          + "\(currentFormat); continue the run with the program that began it")
    }
    let keys = Set(Settings.all.map(\.key))
    if let missing = keys.subtracting(values.keys).min() {
      throw unsound("it lacks the key \(missing); restore it")
    }
    if let unknown = Set(values.keys).subtracting(keys).min() {
      throw unsound("it has the key \(unknown), which this program does not know")
    }
    let numerics = values[settings.numerics.key]
    guard numerics == settings.numerics.storedDefault else {
      throw unsound(
        "its run has the bits of numerics \(numerics?.text ?? ""), and this program computes those "
          + "of \(currentNumerics); continue the run with a program of its numerics")
    }
  }

  /// Where two configurations differ.
  ///
  /// - Parameter other: another configuration.
  /// - Returns: the flags' names with both values, in the order of `config.json`.
  package func differences(from other: Configuration) -> [(
    flag: String, own: String, other: String
  )] {
    let (own, others) = (stored, other.stored)
    return Settings.sortedByKey.compactMap { setting in
      let pair = (own[setting.key] ?? .null, others[setting.key] ?? .null)
      return pair.0 == pair.1 ? nil : (setting.flag, pair.0.text, pair.1.text)
    }
  }
}
