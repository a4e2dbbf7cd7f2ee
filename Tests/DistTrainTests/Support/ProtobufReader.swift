/// A message of Protocol Buffers, read without the writer that is tested.
struct ProtobufReader {
  private(set) var fields: [(number: Int, value: Value)] = []

  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case bytes([UInt8])
    case fixed32(UInt32)
  }

  /// Reads a message; nil where the bytes are none.
  init?(_ bytes: [UInt8]) {
    var rest = bytes[...]
    func number(_ count: Int) -> UInt64? {
      if rest.count < count { return nil }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    func varint() -> UInt64? {
      var (value, shift) = (UInt64(0), UInt64(0))
      while let byte = rest.popFirst() {
        value |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
      return nil
    }
    while !rest.isEmpty {
      guard let key = varint() else { return nil }
      let value: Value
      switch key & 7 {
      case 0:
        guard let number = varint() else { return nil }
        value = .varint(number)
      case 1:
        guard let bits = number(8) else { return nil }
        value = .fixed64(bits)
      case 2:
        guard let count = varint(), rest.count >= count else { return nil }
        value = .bytes(Array(rest.prefix(Int(count))))
        rest = rest.dropFirst(Int(count))
      case 5:
        guard let bits = number(4) else { return nil }
        value = .fixed32(UInt32(bits))
      default: return nil
      }
      fields.append((Int(key >> 3), value))
    }
  }

  func integers(_ field: Int) -> [Int] {
    fields.compactMap { number, value in
      if number == field, case .varint(let bits) = value {
        Int(Int64(bitPattern: bits))
      } else {
        nil
      }
    }
  }

  func bytes(_ field: Int) -> [[UInt8]] {
    fields.compactMap { number, value in
      if number == field, case .bytes(let bytes) = value { bytes } else { nil }
    }
  }

  func strings(_ field: Int) -> [String] {
    bytes(field).map { String(decoding: $0, as: UTF8.self) }
  }

  func messages(_ field: Int) -> [ProtobufReader] { bytes(field).compactMap { ProtobufReader($0) } }

  func float(_ field: Int) -> Float? {
    for (number, value) in fields where number == field {
      if case .fixed32(let bits) = value { return Float(bitPattern: bits) }
    }
    return nil
  }
}
