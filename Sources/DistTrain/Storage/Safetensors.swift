import Foundation

/// A tensor with its name, in PyTorch's layout.
public struct NamedTensor: Equatable, Sendable {
  /// The name.
  public let name: String
  /// The shape.
  public let shape: [Int]
  /// The elements, row-major.
  public let values: [Float]

  /// Makes a tensor.
  ///
  /// - Parameters:
  ///   - name: the name.
  ///   - shape: the shape.
  ///   - values: as many elements as the shape has.
  public init(name: String, shape: [Int], values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "\(values.count) values of shape \(shape)")
    self.name = name
    self.shape = shape
    self.values = values
  }
}

/// A file of named tensors in the safetensors format.
///
/// Eight bytes of little-endian header length, a JSON header of names, types, shapes and offsets,
/// then the elements. Nothing in a file is trusted: whatever its bytes, reading either gives what
/// the format says or fails with the reason.
public struct Safetensors: Equatable, Sendable {
  /// The tensors.
  public var tensors: [NamedTensor]
  /// Strings that describe them.
  public var metadata: [String: String]

  /// Makes a file's content.
  ///
  /// - Parameters:
  ///   - tensors: the tensors, of different names.
  ///   - metadata: strings that describe them.
  public init(tensors: [NamedTensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  private struct Entry: Codable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// The file's bytes: tensors in the order of their names' bytes, keys sorted.
  public func encoded() throws(Failure) -> [UInt8] {
    let sorted = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    var header: [String: Entry] = [:]
    var offset = 0
    for tensor in sorted {
      precondition(header[tensor.name] == nil, "two tensors \(tensor.name)")
      let end = offset + 4 * tensor.values.count
      header[tensor.name] = Entry(dtype: "F32", shape: tensor.shape, offsets: [offset, end])
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json: [UInt8]
    do {
      let entries = Array(try encoder.encode(header).dropFirst())
      let strings = Array(try encoder.encode(metadata))
      let comma: [UInt8] = header.isEmpty ? [] : Array(",".utf8)
      json = Array("{\"__metadata__\":".utf8) + strings + comma + entries
    } catch {
      throw Failure(.internal, "cannot encode a safetensors header: \(error)")
    }
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + json.count + offset)
    withUnsafeBytes(of: UInt64(json.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes += json
    for tensor in sorted {
      for value in tensor.values {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
      }
    }
    return bytes
  }

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
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: its name, for messages.
  /// - Throws: `Failure` of kind data.
  public init(_ bytes: [UInt8], file: String) throws(Failure) {
    let (headerEnd, entries, metadata) = try Self.header(bytes, file)
    try Self.checkCoverage(entries, byteCount: bytes.count - headerEnd, file)
    self.metadata = metadata
    tensors = entries.sorted { $0.key < $1.key }.compactMap { name, entry in
      if Self.isPassedOver(name) { return nil }
      let start = headerEnd + entry.offsets[0]
      let values = (0..<(entry.offsets[1] - entry.offsets[0]) / 4).map { index in
        let place = start + 4 * index
        let bits =
          UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16
          | UInt32(bytes[place + 3]) << 24
        return Float(bitPattern: bits)
      }
      return NamedTensor(name: name, shape: entry.shape, values: values)
    }
  }

  /// Counters of PyTorch's batch norm, of any type, which nothing here needs.
  private static func isPassedOver(_ name: String) -> Bool {
    name.hasSuffix(".num_batches_tracked")
  }

  private static func invalid(_ file: String, _ reason: String) -> Failure {
    Failure(.data, "\(file) is not a sound safetensors file: \(reason)")
  }

  private static func header(
    _ bytes: [UInt8], _ file: String
  ) throws(Failure) -> (end: Int, entries: [String: Entry], metadata: [String: String]) {
    if bytes.count < 8 { throw invalid(file, "it has \(bytes.count) bytes, fewer than 8") }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << UInt64(8 * $1) }
    if length > 100_000_000 || length > UInt64(bytes.count - 8) {
      throw invalid(file, "its header of \(length) bytes does not fit in \(bytes.count) bytes")
    }
    let end = 8 + Int(length)
    guard String(validating: bytes[8..<end], as: UTF8.self) != nil else {
      throw invalid(file, "its header is not UTF-8")
    }
    let values: [String: HeaderValue]
    do {
      values = try JSONDecoder().decode([String: HeaderValue].self, from: Data(bytes[8..<end]))
    } catch {
      throw invalid(file, "its header is not a JSON object of tensors")
    }
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]
    for (name, value) in values {
      switch value {
      case .strings(let strings) where name == "__metadata__": metadata = strings
      case .entry(let entry) where name != "__metadata__": entries[name] = entry
      default: throw invalid(file, "its header's \(name) has the wrong form")
      }
    }
    return (end, entries, metadata)
  }

  private enum HeaderValue: Decodable {
    case entry(Entry)
    case strings([String: String])

    init(from decoder: any Decoder) throws {
      if let entry = try? Entry(from: decoder) {
        self = .entry(entry)
      } else {
        self = .strings(try [String: String](from: decoder))
      }
    }
  }

  /// Checks types and sizes, and that the tensors cover the bytes after the header exactly once.
  private static func checkCoverage(
    _ entries: [String: Entry], byteCount: Int, _ file: String
  ) throws(Failure) {
    var end = 0
    let sorted = entries.sorted {
      ($0.value.offsets.first ?? 0, $0.value.offsets.last ?? 0, $0.key)
        < ($1.value.offsets.first ?? 0, $1.value.offsets.last ?? 0, $1.key)
    }
    for (name, entry) in sorted {
      guard entry.dtype == "F32" || isPassedOver(name) else {
        throw invalid(file, "\(name) has the type \(entry.dtype), not F32")
      }
      guard entry.offsets.count == 2, entry.offsets[0] >= 0, entry.offsets[1] >= entry.offsets[0]
      else { throw invalid(file, "\(name) has the offsets \(entry.offsets)") }
      guard entry.offsets[0] == end else {
        let what = entry.offsets[0] < end ? "overlaps the tensor before" : "follows a hole"
        throw invalid(file, "\(name) at byte \(entry.offsets[0]) \(what), which ends at \(end)")
      }
      guard entry.offsets[1] <= byteCount else {
        throw invalid(
          file, "\(name) ends at byte \(entry.offsets[1]) of \(byteCount); is the file cut?")
      }
      guard isPassedOver(name) || byteSize(entry.shape) == entry.offsets[1] - entry.offsets[0]
      else {
        throw invalid(file, "\(name) of shape \(entry.shape) has the offsets \(entry.offsets)")
      }
      end = entry.offsets[1]
    }
    if end != byteCount {
      throw invalid(file, "its tensors end at byte \(end) of \(byteCount)")
    }
  }

  /// Bytes of a shape of F32; nil if it has negative dimensions or overflows.
  private static func byteSize(_ shape: [Int]) -> Int? {
    var size = MemoryLayout<Float>.size
    for dimension in shape {
      if dimension < 0 { return nil }
      let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
      if overflow { return nil }
      size = product
    }
    return size
  }
}
