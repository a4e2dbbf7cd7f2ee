/// A safetensors file put together by hand, sound or not, without the encoder that is tested.
struct HandmadeSafetensors {
  /// The JSON header.
  var header: [UInt8]
  /// What follows it.
  var content: [UInt8]
  /// The header's length as the file says; nil for the true one.
  var statedLength: UInt64?

  init(_ header: String, content: [UInt8] = [], statedLength: UInt64? = nil) {
    self.header = Array(header.utf8)
    self.content = content
    self.statedLength = statedLength
  }

  /// A file of zeros whose tensors lie one after the other.
  init(zeros tensors: [(name: String, dtype: String, shape: [Int], elementBytes: Int)]) {
    var entries: [String] = []
    var end = 0
    for tensor in tensors {
      let start = end
      end += tensor.shape.reduce(tensor.elementBytes, *)
      entries.append(Self.entry(tensor.name, tensor.shape, start, end, dtype: tensor.dtype))
    }
    self.init(
      "{\(entries.joined(separator: ","))}", content: [UInt8](repeating: 0, count: end))
  }

  /// One entry of a header.
  static func entry(
    _ name: String, _ shape: [Int], _ start: Int, _ end: Int, dtype: String = "F32"
  ) -> String {
    let dimensions = shape.map(String.init).joined(separator: ",")
    return "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":[\(dimensions)],"
      + "\"data_offsets\":[\(start),\(end)]}"
  }

  /// The file.
  var bytes: [UInt8] {
    let length = statedLength ?? UInt64(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) } + header + content
  }
}
