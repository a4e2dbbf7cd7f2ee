extension Safetensors {
  /// Reads a file.
  ///
  /// - Parameter path: the file.
  /// - Throws: `Failure` of kind missingInput, inputOutput, or data, naming file and reason.
  public init(contentsOf path: String) throws(Failure) {
    try self.init(
      Files.read(path, remedy: "give the path of a safetensors file"), file: path)
  }

  /// Reads a file's bytes.
  ///
  /// Elements of half, brain and double precision become single-precision ones; what does not fit is
  /// infinite.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: its name, for messages.
  /// - Throws: `Failure` of kind data.
  public init(_ bytes: [UInt8], file: String) throws(Failure) {
    let header = try SafetensorsHeader(bytes, file: file)
    try header.checkCoverage(byteCount: bytes.count - header.end)
    let entries = header.entries.sorted { $0.name < $1.name }
    let tensors = bytes.withUnsafeBytes { buffer in
      entries.compactMap { entry -> NamedTensor? in
        guard let type = ElementType(rawValue: entry.dtype), !entry.isPassedOver else { return nil }
        let range = header.end + entry.offsets[0]..<header.end + entry.offsets[1]
        return NamedTensor(
          name: entry.name, shape: entry.shape,
          values: type.values(UnsafeRawBufferPointer(rebasing: buffer[range])))
      }
    }
    self.init(tensors: tensors, metadata: header.metadata)
  }
}

/// The types of elements that are read.
private enum ElementType: String {
  case single = "F32"
  case half = "F16"
  case brain = "BF16"
  case double = "F64"

  var byteCount: Int {
    switch self {
    case .half, .brain: 2
    case .single: 4
    case .double: 8
    }
  }

  /// The nearest single-precision numbers to little-endian elements.
  func values(_ bytes: UnsafeRawBufferPointer) -> [Float] {
    func map<Bits: FixedWidthInteger>(_ value: (Bits) -> Float) -> [Float] {
      (0..<bytes.count / byteCount).map {
        let bits = bytes.loadUnaligned(fromByteOffset: $0 * byteCount, as: Bits.self)
        return value(Bits(littleEndian: bits))
      }
    }
    switch self {
    case .single: return map { (bits: UInt32) in Float(bitPattern: bits) }
    case .half: return map { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
    case .brain: return map { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .double: return map { (bits: UInt64) in Float(Double(bitPattern: bits)) }
    }
  }
}

/// The header of a safetensors file: where each tensor is, and strings.
private struct SafetensorsHeader {
  /// A tensor's type, shape and place after the header.
  struct Entry {
    let name: String
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    /// Counters of PyTorch's batch norm, of any type, which nothing here needs.
    var isPassedOver: Bool { name.hasSuffix(".num_batches_tracked") }
  }

  /// Where the elements begin.
  let end: Int
  let entries: [Entry]
  let metadata: [String: String]
  private let file: String

  /// Reads the header of a file's bytes.
  init(_ bytes: [UInt8], file: String) throws(Failure) {
    self.file = file
    do throws(Failure) {
      end = try Self.end(bytes, file)
      (entries, metadata) = try Self.content(bytes[8..<end], file)
    } catch {
      // A sound file may begin like any other, so this is asked only where it is not.
      guard let what = ForeignFile.description(bytes) else { throw error }
      throw Failure(.data, "\(file) \(what)")
    }
  }

  private static func invalid(_ file: String, _ reason: String) -> Failure {
    Failure(.data, "\(file) is not a sound safetensors file: \(reason)")
  }

  private func invalid(_ reason: String) -> Failure { Self.invalid(file, reason) }

  private static func end(_ bytes: [UInt8], _ file: String) throws(Failure) -> Int {
    if bytes.count < 8 { throw invalid(file, "it has \(bytes.count) bytes, fewer than 8") }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << UInt64(8 * $1) }
    if length > 100_000_000 || length > UInt64(bytes.count - 8) {
      throw invalid(file, "its header of \(length) bytes does not fit in \(bytes.count) bytes")
    }
    return 8 + Int(length)
  }

  private static func content(
    _ text: ArraySlice<UInt8>, _ file: String
  ) throws(Failure) -> ([Entry], [String: String]) {
    if text.starts(with: [0xef, 0xbb, 0xbf]) {
      throw invalid(file, "its header begins with a byte-order mark, not with {")
    }
    guard String(validating: text, as: UTF8.self) != nil else {
      throw invalid(file, "its header is not UTF-8")
    }
    let value: JSONValue
    do throws(JSONValue.Fault) {
      value = try JSONValue(text)
    } catch {
      throw invalid(file, "its header is not a JSON object of tensors: \(error.reason)")
    }
    guard case .object(let members) = value, text.first == UInt8(ascii: "{") else {
      throw invalid(file, "its header is not a JSON object of tensors")
    }
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    for member in members {
      if member.key == "__metadata__" {
        metadata = try strings(member.value, file)
      } else {
        entries.append(try entry(member, file))
      }
    }
    return (entries, metadata)
  }

  /// The strings of `__metadata__`, of which null has none.
  private static func strings(
    _ value: JSONValue, _ file: String
  ) throws(Failure) -> [String: String] {
    if value == .null { return [:] }
    guard case .object(let members) = value else {
      throw invalid(file, "its header's __metadata__ has the wrong form")
    }
    var strings: [String: String] = [:]
    for member in members {
      guard let text = member.value.text else {
        throw invalid(file, "its header's __metadata__ has a \(member.key) that is not a string")
      }
      strings[member.key] = text
    }
    return strings
  }

  private static func entry(
    _ member: JSONValue.Member, _ file: String
  ) throws(Failure) -> Entry {
    guard case .object(let parts) = member.value else {
      throw invalid(file, "its header's \(member.key) has the wrong form")
    }
    func part(_ key: String) -> JSONValue? { parts.first { $0.key == key }?.value }
    guard let dtype = part("dtype")?.text, let shape = part("shape")?.integers,
      let offsets = part("data_offsets")?.integers
    else { throw invalid(file, "its header's \(member.key) has the wrong form") }
    return Entry(name: member.key, dtype: dtype, shape: shape, offsets: offsets)
  }

  /// Checks types and sizes, and that the tensors cover the bytes after the header exactly once.
  func checkCoverage(byteCount: Int) throws(Failure) {
    var end = 0
    let sorted = entries.sorted {
      ($0.offsets.first ?? 0, $0.offsets.last ?? 0, $0.name)
        < ($1.offsets.first ?? 0, $1.offsets.last ?? 0, $1.name)
    }
    for entry in sorted {
      let (name, offsets) = (entry.name, entry.offsets)
      let type = ElementType(rawValue: entry.dtype)
      guard type != nil || entry.isPassedOver else {
        throw invalid("\(name) has the type \(entry.dtype), which is not F32, F16, BF16 or F64")
      }
      guard offsets.count == 2, offsets[0] >= 0, offsets[1] >= offsets[0]
      else { throw invalid("\(name) has the offsets \(offsets)") }
      guard offsets[0] == end else {
        let what = offsets[0] < end ? "overlaps the tensor before" : "follows a hole"
        throw invalid("\(name) at byte \(offsets[0]) \(what), which ends at \(end)")
      }
      guard offsets[1] <= byteCount else {
        throw invalid("\(name) ends at byte \(offsets[1]) of \(byteCount); is the file cut?")
      }
      let size = type.flatMap { Self.byteSize(entry.shape, of: $0) }
      guard entry.isPassedOver || size == offsets[1] - offsets[0] else {
        throw invalid("\(name) of shape \(entry.shape) has the offsets \(offsets)")
      }
      end = offsets[1]
    }
    if end != byteCount { throw invalid("its tensors end at byte \(end) of \(byteCount)") }
  }

  /// Bytes of a shape; nil if it has negative dimensions or overflows, whatever the type.
  private static func byteSize(_ shape: [Int], of type: ElementType) -> Int? {
    let mostBytes = ElementType.double.byteCount
    var size = mostBytes
    for dimension in shape {
      if dimension < 0 { return nil }
      let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
      if overflow { return nil }
      size = product
    }
    return size / mostBytes * type.byteCount
  }
}
