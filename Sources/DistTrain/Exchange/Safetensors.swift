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

  private struct Entry: Encodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// Writes the file, at once or not at all.
  ///
  /// - Parameter path: the file; replaced if it is there.
  /// - Throws: `Failure` of kind inputOutput.
  public func write(to path: String) throws(Failure) {
    try Files.replace(path, with: try encoded())
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
}
