/// A graph of ONNX while it is put together, of the operators that the networks need.
///
/// Field numbers are those of `onnx.proto`, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
struct ONNXGraph {
  /// A node's parameter.
  enum Attribute {
    case integer(Int)
    case integers([Int])
    case float(Float)
  }

  /// The version of operators, and of the format that came with it.
  static let operatorSet = 17
  static let format = 8

  private var nodes: [ProtobufMessage] = []
  private var constants: [ProtobufMessage] = []

  /// Adds a constant.
  ///
  /// - Parameter tensor: its name and elements.
  mutating func add(_ tensor: NamedTensor) {
    var raw: [UInt8] = []
    raw.reserveCapacity(4 * tensor.values.count)
    for value in tensor.values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { raw.append(contentsOf: $0) }
    }
    addConstant(tensor.name, tensor.shape, type: 1, raw)
  }

  /// Adds a constant of integers.
  mutating func add(_ name: String, _ integers: [Int]) {
    let raw = integers.flatMap { withUnsafeBytes(of: Int64($0).littleEndian, Array.init) }
    addConstant(name, [integers.count], type: 7, raw)
  }

  /// Adds a `TensorProto`.
  private mutating func addConstant(_ name: String, _ shape: [Int], type: Int, _ raw: [UInt8]) {
    constants.append(
      ProtobufMessage { tensor in
        for size in shape { tensor.add(1, size) }
        tensor.add(2, type)
        tensor.add(8, name)
        tensor.add(9, raw)
      })
  }

  /// Adds a node.
  ///
  /// - Parameters:
  ///   - operation: the operator.
  ///   - inputs: names of values.
  ///   - output: the name of its value, and its own.
  ///   - attributes: its parameters.
  /// - Returns: the output.
  mutating func add(
    _ operation: String, _ inputs: [String], output: String,
    _ attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> String {
    nodes.append(
      ProtobufMessage { node in
        for input in inputs { node.add(1, input) }
        node.add(2, output)
        node.add(3, output)
        node.add(4, operation)
        for (name, value) in attributes { node.add(5) { Self.write(name, value, into: &$0) } }
      })
    return output
  }

  /// Writes an `AttributeProto`.
  private static func write(
    _ name: String, _ value: Attribute, into message: inout ProtobufMessage
  ) {
    message.add(1, name)
    switch value {
    case .float(let number):
      message.add(2, number)
      message.add(20, 1)
    case .integer(let number):
      message.add(3, number)
      message.add(20, 2)
    case .integers(let numbers):
      for number in numbers { message.add(8, number) }
      message.add(20, 7)
    }
  }

  /// The file of the graph: a `ModelProto`.
  ///
  /// - Parameters:
  ///   - name: the graph's name.
  ///   - input: the name of its input, and the shape of an image.
  ///   - output: the name of its output, and the numbers of an image.
  ///   - properties: what describes it.
  /// - Returns: the file's bytes.
  func encoded(
    name: String, input: (name: String, shape: [Int]), output: (name: String, count: Int),
    properties: [String: String]
  ) -> [UInt8] {
    ProtobufMessage { model in
      model.add(1, Self.format)
      model.add(2, "DistTrain")
      model.add(7) { graph in
        for node in nodes { graph.add(1, node.bytes) }
        graph.add(2, name)
        for constant in constants { graph.add(5, constant.bytes) }
        graph.add(11) { Self.write(input.name, input.shape, into: &$0) }
        graph.add(12) { Self.write(output.name, [output.count], into: &$0) }
      }
      model.add(8) { $0.add(2, Self.operatorSet) }
      for (key, value) in properties.sorted(by: { $0.key < $1.key }) {
        model.add(14) { property in
          property.add(1, key)
          property.add(2, value)
        }
      }
    }.bytes
  }

  /// Writes a `ValueInfoProto` of single-precision numbers for any number of images.
  private static func write(
    _ name: String, _ shape: [Int], into message: inout ProtobufMessage
  ) {
    message.add(1, name)
    message.add(2) { type in
      type.add(1) { tensor in
        tensor.add(1, 1)
        tensor.add(2) { dimensions in
          dimensions.add(1) { $0.add(2, "N") }
          for size in shape { dimensions.add(1) { $0.add(1, size) } }
        }
      }
    }
  }
}
