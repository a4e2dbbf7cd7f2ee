/// A message in the wire format of Protocol Buffers, written field by field.
///
/// ONNX and TensorBoard need a dozen messages, and nothing here reads any. Apple's swift-protobuf alone
/// builds for longer than a minute, half of what all of this package takes.
struct ProtobufMessage {
  /// What was written so far.
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  /// Makes a message.
  ///
  /// - Parameter write: writes its fields.
  init(_ write: (inout ProtobufMessage) -> Void = { _ in }) { write(&self) }

  /// Seven bits a byte, the lowest first; all but the last byte have the highest bit.
  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func appendKey(_ field: Int, _ type: WireType) {
    appendVarint(UInt64(field) << 3 | type.rawValue)
  }

  /// Writes an `int64`, `int32` or enumeration.
  mutating func add(_ field: Int, _ value: Int) {
    appendKey(field, .varint)
    appendVarint(UInt64(bitPattern: Int64(value)))
  }

  /// Writes a `float`.
  mutating func add(_ field: Int, _ value: Float) {
    appendKey(field, .fixed32)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Writes a `double`.
  mutating func add(_ field: Int, _ value: Double) {
    appendKey(field, .fixed64)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Writes `bytes`.
  mutating func add(_ field: Int, _ content: [UInt8]) {
    appendKey(field, .lengthDelimited)
    appendVarint(UInt64(content.count))
    bytes += content
  }

  /// Writes a `string`.
  mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  /// Writes a message within this one.
  mutating func add(_ field: Int, _ write: (inout ProtobufMessage) -> Void) {
    add(field, ProtobufMessage(write).bytes)
  }
}
