/// A JSON text as it is written: objects keep the order of their members, and a doubled key fails.
///
/// Foundation's decoder takes one of two equal keys without a word, which is no way to read a file
/// of unknown origin.
package enum JSONValue: Equatable {
  case object([Member])
  case array([JSONValue])
  case string(String)
  /// A number's text, which may be no integer and of any size.
  case number(String)
  case bool(Bool)
  case null

  /// A key and its value.
  package struct Member: Equatable {
    let key: String
    let value: JSONValue

    /// Makes a member.
    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// Why a text is no JSON.
  package struct Fault: Error, Equatable {
    /// What is wrong, such as "it has the key a twice".
    let reason: String
  }

  /// Reads a text that holds one value, with nothing but spaces after it.
  ///
  /// - Parameter text: UTF-8.
  /// - Throws: `Fault`.
  package init(_ text: some Collection<UInt8>) throws(Fault) {
    var parser = JSONParser(text)
    self = try parser.document()
  }

  /// The integer, if this is one that fits.
  var integer: Int? {
    if case .number(let text) = self { Int(text) } else { nil }
  }

  /// The string, if this is one.
  package var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The integers, if this is an array of them.
  package var integers: [Int]? {
    guard case .array(let values) = self else { return nil }
    let integers = values.compactMap(\.integer)
    return integers.count == values.count ? integers : nil
  }
}

/// Reads JSON as RFC 8259 has it, byte by byte.
private struct JSONParser {
  /// Deeper texts are refused before they exhaust the stack.
  private static let maximumDepth = 32

  private let bytes: [UInt8]
  private var place = 0
  private var depth = 0

  init(_ text: some Collection<UInt8>) { bytes = Array(text) }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private func fault(_ reason: String) -> JSONValue.Fault {
    JSONValue.Fault(reason: "\(reason) at byte \(place)")
  }

  mutating func document() throws(JSONValue.Fault) -> JSONValue {
    let result = try value()
    skipSpace()
    if place < bytes.count { throw fault("it goes on") }
    return result
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      place += 1
    }
  }

  /// Passes a byte if it is there, after spaces.
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    if next != UInt8(ascii: character) { return false }
    place += 1
    return true
  }

  private mutating func value() throws(JSONValue.Fault) -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"):
      return try nested { (parser) throws(JSONValue.Fault) in
        .object(try parser.members())
      }
    case UInt8(ascii: "["):
      return try nested { (parser) throws(JSONValue.Fault) in
        .array(try parser.elements())
      }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONValue.Fault) -> JSONValue
  ) throws(JSONValue.Fault) -> JSONValue {
    place += 1
    depth += 1
    if depth > Self.maximumDepth { throw fault("it is nested too deeply") }
    let result = try body(&self)
    depth -= 1
    return result
  }

  private mutating func members() throws(JSONValue.Fault) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    var keys: Set<String> = []
    if skip("}") { return members }
    repeat {
      skipSpace()
      let key = try string()
      if !keys.insert(key).inserted { throw fault("it has the key \(key) twice,") }
      guard skip(":") else { throw fault("a colon is missing") }
      members.append(JSONValue.Member(key: key, value: try value()))
    } while skip(",")
    guard skip("}") else { throw fault("an object does not end") }
    return members
  }

  private mutating func elements() throws(JSONValue.Fault) -> [JSONValue] {
    var elements: [JSONValue] = []
    if skip("]") { return elements }
    repeat { elements.append(try value()) } while skip(",")
    guard skip("]") else { throw fault("an array does not end") }
    return elements
  }

  private mutating func word(
    _ word: String, _ value: JSONValue
  ) throws(JSONValue.Fault) -> JSONValue {
    guard bytes[place...].starts(with: word.utf8) else { throw fault("there is no value") }
    place += word.utf8.count
    return value
  }

  /// A minus, digits without a leading zero, and perhaps a fraction and an exponent.
  private mutating func number() throws(JSONValue.Fault) -> String {
    let start = place
    if next == UInt8(ascii: "-") { place += 1 }
    let first = place
    try digits()
    if bytes[first] == UInt8(ascii: "0") && place > first + 1 {
      throw fault("a number begins with 0")
    }
    if next == UInt8(ascii: ".") {
      place += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      place += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { place += 1 }
      try digits()
    }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private mutating func digits() throws(JSONValue.Fault) {
    let start = place
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { place += 1 }
    if place == start { throw fault("there is no value") }
  }

  private mutating func string() throws(JSONValue.Fault) -> String {
    guard next == UInt8(ascii: "\"") else { throw fault("a string is missing") }
    place += 1
    var text: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      if byte < 0x20 { throw fault("a string has a control character") }
      place += 1
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: String(Character(try escaped())).utf8)
      } else {
        text.append(byte)
      }
    }
    guard next != nil else { throw fault("a string does not end") }
    place += 1
    guard let string = String(validating: text, as: UTF8.self) else {
      throw fault("a string is not UTF-8")
    }
    return string
  }

  /// What follows a backslash.
  private mutating func escaped() throws(JSONValue.Fault) -> Unicode.Scalar {
    guard let byte = next else { throw fault("a string does not end") }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try escapedScalar()
    default: throw fault("a string has an unknown escape")
    }
  }

  /// Four hexadecimal digits, or two times four of a surrogate pair.
  private mutating func escapedScalar() throws(JSONValue.Fault) -> Unicode.Scalar {
    let unit = try codeUnit()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard bytes[place...].starts(with: "\\u".utf8) else { throw fault("half a surrogate pair") }
    place += 2
    let low = try codeUnit()
    guard (0xd800...0xdbff).contains(unit), (0xdc00...0xdfff).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xd800) << 10 + UInt32(low) - 0xdc00)
    else { throw fault("half a surrogate pair") }
    return scalar
  }

  private mutating func codeUnit() throws(JSONValue.Fault) -> UInt16 {
    let digits = bytes[place...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("an escape is not four hexadecimal digits") }
    place += 4
    return unit
  }
}
