import Foundation

extension Configuration {
  /// The text of `config.json`: sorted keys, shortest numbers, the same wherever it is written.
  ///
  /// - Returns: JSON that ends with a newline.
  /// - Throws: `Failure` if a value cannot be encoded.
  func jsonText() throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    } catch {
      throw Failure(.internal, "cannot encode the configuration: \(error)")
    }
  }

  /// Reads the text of `config.json`.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - file: its name, for messages.
  /// - Throws: `Failure` of kind data.
  init(json bytes: [UInt8], file: String) throws(Failure) {
    do {
      self = try JSONDecoder().decode(Configuration.self, from: Data(bytes))
      try check()
    } catch let failure as Failure {
      throw Failure(.data, "\(file) is not a sound configuration: \(failure.message)")
    } catch {
      throw Failure(.data, "\(file) is not a sound configuration: \(error)")
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
      let pair = (mine[key] ?? "none", theirs[key] ?? "none")
      if pair.0 == pair.1 { return nil }
      let flag =
        key == CodingKeys.initialWeightsSha256.rawValue
        ? "--init-weights" : "--" + key.replacingOccurrences(of: "_", with: "-")
      return (flag, pair.0, pair.1)
    }
  }

  /// Every key of `config.json` with its value as a flag would give it.
  private func values() throws(Failure) -> [String: String] {
    let object: Any
    do {
      object = try JSONSerialization.jsonObject(with: Data(try jsonText().utf8))
    } catch {
      throw Failure(.internal, "cannot encode the configuration: \(error)")
    }
    return (object as? [String: Any] ?? [:]).mapValues { value in
      (value as? [Any])?.map { "\($0)" }.joined(separator: ",") ?? "\(value)"
    }
  }
}
