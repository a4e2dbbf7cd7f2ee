import Foundation

/// A value of a flat JSON file such as `config.json`.
public enum ConfigurationValue: Codable, Equatable, Sendable {
  /// No value.
  case null
  /// A text.
  case string(String)
  /// A whole number.
  case integer(Int)
  /// A whole number that is too large for the others.
  case unsigned(UInt64)
  /// Any other number.
  case number(Double)
  /// Several values.
  case list([ConfigurationValue])

  /// Reads a value.
  ///
  /// - Parameter decoder: the decoder.
  /// - Throws: the decoder's error where it is none of the cases.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let string = try? container.decode(String.self) {
      self = .string(string)
    } else if let integer = try? container.decode(Int.self) {
      self = .integer(integer)
    } else if let unsigned = try? container.decode(UInt64.self) {
      self = .unsigned(unsigned)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .list(try container.decode([ConfigurationValue].self))
    }
  }

  /// Writes the value.
  ///
  /// - Parameter encoder: the encoder.
  /// - Throws: the encoder's error.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .string(let string): try container.encode(string)
    case .integer(let integer): try container.encode(integer)
    case .unsigned(let unsigned): try container.encode(unsigned)
    case .number(let number): try container.encode(number)
    case .list(let list): try container.encode(list)
    }
  }

  /// The value as a flag would give it.
  package var text: String {
    switch self {
    case .null: "none"
    case .string(let string): string
    case .integer(let integer): "\(integer)"
    case .unsigned(let unsigned): "\(unsigned)"
    case .number(let number): "\(number)"
    case .list(let list): list.map(\.text).joined(separator: ",")
    }
  }
}
