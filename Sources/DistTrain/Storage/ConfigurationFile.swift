import Foundation

extension Configuration {
  /// The text of `config.json`: every key, sorted, shortest numbers, the same wherever it is written.
  ///
  /// - Returns: JSON that ends with a newline.
  /// - Throws: `Failure` if a value cannot be encoded.
  func jsonText() throws(Failure) -> String {
    try Self.text(try values()) + "\n"
  }

  /// SHA-256 over everything that decides bits and logs.
  ///
  /// Keys without a value are left out, so that one that a later release adds, and that a run does
  /// not use, leaves the digest as it was.
  ///
  /// - Returns: 64 hexadecimal digits.
  /// - Throws: `Failure` if a value cannot be encoded.
  func digest() throws(Failure) -> String {
    SHA256.hexDigest(Array(try Self.text(try values().filter { $0.value != .null }).utf8))
  }

  private static func text(_ values: [String: ConfigurationValue]) throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(values), as: UTF8.self)
    } catch {
      throw Failure(.internal, "cannot encode the configuration: \(error)")
    }
  }

  /// Every key of `config.json` with its value.
  private func values() throws(Failure) -> [String: ConfigurationValue] {
    var values: [String: ConfigurationValue]
    do {
      values = try JSONDecoder().decode(
        [String: ConfigurationValue].self, from: try JSONEncoder().encode(self))
    } catch {
      throw Failure(.internal, "cannot encode the configuration: \(error)")
    }
    for key in CodingKeys.allCases where values[key.rawValue] == nil {
      values[key.rawValue] = .null
    }
    return values
  }

  /// Reads the text of `config.json`.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - file: its name, for messages.
  /// - Throws: `Failure` of kind data.
  init(json bytes: [UInt8], file: String) throws(Failure) {
    func unsound(_ reason: String) -> Failure {
      Failure(.data, "\(file) is not a sound configuration: \(reason)")
    }
    guard
      let values = try? JSONDecoder().decode([String: ConfigurationValue].self, from: Data(bytes))
    else { throw unsound("it is not a flat JSON object; is the file cut?") }
    try Self.checkKeys(values, unsound)
    do {
      self = try JSONDecoder().decode(Configuration.self, from: Data(bytes))
    } catch {
      let key = Self.unreadableKey(values) ?? ""
      throw unsound("its \(key) is \(values[key]?.text ?? "\(error)"), which it cannot be")
    }
    do throws(Failure) { try check() } catch { throw unsound(error.message) }
    var derived = self
    derived.setDerivedValues()
    if derived != self {
      throw unsound(
        "it has \(classes) classes and \(parameters) parameters where \(dataset.rawValue) and the "
          + "network have \(derived.classes) and \(derived.parameters)")
    }
  }

  /// The first key whose value, in a sound configuration, cannot be read; the decoder does not say.
  private static func unreadableKey(_ values: [String: ConfigurationValue]) -> String? {
    let sound = (try? Configuration.resolve(ConfigurationOverrides()).values()) ?? [:]
    return values.keys.sorted().first { key in
      let mixed = try? JSONEncoder().encode(sound.merging([key: values[key] ?? .null]) { $1 })
      return mixed.flatMap { try? JSONDecoder().decode(Configuration.self, from: $0) } == nil
    }
  }

  /// Checks that a file has this release's keys, and that this release computes its bits.
  private static func checkKeys(
    _ values: [String: ConfigurationValue], _ unsound: (String) -> Failure
  ) throws(Failure) {
    guard values[CodingKeys.format.rawValue] == .integer(currentFormat) else {
      let format = values[CodingKeys.format.rawValue].map { "has the format \($0.text)" }
      throw unsound(
        "it \(format ?? "has no format, so it is of an older program"), and this program has "
          + "\(currentFormat); continue the run with the program that began it")
    }
    let keys = Set(CodingKeys.allCases.map(\.rawValue))
    if let missing = keys.subtracting(values.keys).min() {
      throw unsound("it lacks the key \(missing); restore it")
    }
    if let unknown = Set(values.keys).subtracting(keys).min() {
      throw unsound("it has the key \(unknown), which this program does not know")
    }
    guard values[CodingKeys.numerics.rawValue] == .integer(currentNumerics) else {
      throw unsound(
        "its run has the bits of numerics \(values[CodingKeys.numerics.rawValue]?.text ?? ""), and "
          + "this program computes those of \(currentNumerics); continue the run with a program of "
          + "its numerics")
    }
  }

  /// Where two configurations differ.
  ///
  /// - Parameter other: another configuration.
  /// - Returns: the flags' names with both values, in the order of `config.json`.
  /// - Throws: `Failure` if a configuration cannot be encoded.
  func differences(from other: Configuration) throws(Failure)
    -> [(flag: String, own: String, other: String)]
  {
    let mine = try values()
    let theirs = try other.values()
    return Set(mine.keys).union(theirs.keys).sorted().compactMap { key in
      let pair = (mine[key] ?? .null, theirs[key] ?? .null)
      if pair.0 == pair.1 { return nil }
      let flag =
        key == CodingKeys.initialWeightsSha256.rawValue
        ? "--init-weights" : "--" + key.replacingOccurrences(of: "_", with: "-")
      return (flag, pair.0.text, pair.1.text)
    }
  }
}
