/// Runs an ONNX model on one image in double precision, operator by operator as the standard has them.
struct ONNXInterpreter {
  struct Value {
    var shape: [Int]
    var elements: [Double]
  }

  let model: ProtobufReader
  let graph: ProtobufReader

  init?(_ bytes: [UInt8]) {
    guard let model = ProtobufReader(bytes), let graph = model.messages(7).first else { return nil }
    self.model = model
    self.graph = graph
  }

  private var constants: [String: Value] {
    var values: [String: Value] = [:]
    for tensor in graph.messages(5) {
      let raw = tensor.bytes(9)[0]
      let elements: [Double] =
        tensor.integers(2) == [7]
        ? stride(from: 0, to: raw.count, by: 8).map { Double(Int64(bits(raw, $0, 8))) }
        : stride(from: 0, to: raw.count, by: 4).map {
          Double(Float(bitPattern: UInt32(bits(raw, $0, 4))))
        }
      values[tensor.strings(8)[0]] = Value(shape: tensor.integers(1), elements: elements)
    }
    return values
  }

  private func bits(_ bytes: [UInt8], _ start: Int, _ count: Int) -> UInt64 {
    bytes[start..<start + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The value of `logits` for an image, [1, 3, side, side].
  func logits(of image: Value) -> [Double]? {
    var values = constants
    values["images"] = image
    for node in graph.messages(1) {
      let inputs = node.strings(1).compactMap { values[$0] }
      guard inputs.count == node.strings(1).count else { return nil }
      values[node.strings(2)[0]] = evaluate(node, inputs)
    }
    return values["logits"]?.elements
  }

  private func integers(_ node: ProtobufReader, _ name: String) -> [Int] {
    node.messages(5).first { $0.strings(1) == [name] }?.integers(8) ?? []
  }

  private func evaluate(_ node: ProtobufReader, _ inputs: [Value]) -> Value? {
    let input = inputs[0]
    switch node.strings(4)[0] {
    case "Relu": return Value(shape: input.shape, elements: input.elements.map { max($0, 0) })
    case "Add": return broadcast(input, inputs[1], +)
    case "Sub": return broadcast(input, inputs[1], -)
    case "Div": return broadcast(input, inputs[1], /)
    case "ReduceMean", "GlobalAveragePool":
      let means = planes(input).map { $0.reduce(0, +) / Double($0.count) }
      return Value(shape: [1, means.count, 1, 1], elements: means)
    case "Flatten": return Value(shape: [1, input.elements.count], elements: input.elements)
    case "Gemm":
      let (outputs, width) = (inputs[1].shape[0], inputs[1].shape[1])
      let sums = (0..<outputs).map { row in
        (0..<width).reduce(inputs[2].elements[row]) {
          $0 + inputs[1].elements[row * width + $1] * input.elements[$1]
        }
      }
      return Value(shape: [1, outputs], elements: sums)
    case "BatchNormalization":
      let epsilon = Double(node.messages(5)[0].float(2) ?? .nan)
      let scaled = planes(input).enumerated().flatMap { channel, plane in
        let parameters = inputs.dropFirst().map { $0.elements[channel] }
        return plane.map {
          ($0 - parameters[2]) / (parameters[3] + epsilon).squareRoot() * parameters[0]
            + parameters[1]
        }
      }
      return Value(shape: input.shape, elements: scaled)
    case "Slice":
      let (starts, ends, steps) = (inputs[1].elements, inputs[2].elements, inputs[4].elements)
      let rows = stride(from: Int(starts[0]), to: Int(ends[0]), by: Int(steps[0])).map { $0 }
      let columns = stride(from: Int(starts[1]), to: Int(ends[1]), by: Int(steps[1])).map { $0 }
      let elements = planes(input).flatMap { plane in
        rows.flatMap { row in columns.map { plane[row * input.shape[3] + $0] } }
      }
      return Value(shape: [1, input.shape[1], rows.count, columns.count], elements: elements)
    case "Pad":
      let added = Int(inputs[1].elements[5])
      let zeros = [Double](repeating: 0, count: added * input.shape[2] * input.shape[3])
      return Value(
        shape: [1, input.shape[1] + added] + input.shape[2...], elements: input.elements + zeros)
    case "Conv": return convolution(node, inputs)
    default: return nil
    }
  }

  private func planes(_ value: Value) -> [ArraySlice<Double>] {
    let size = value.shape[2] * value.shape[3]
    return (0..<value.shape[1]).map {
      let plane = value.elements[$0 * size..<($0 + 1) * size]
      return Array(plane)[...]
    }
  }

  /// Of the same number, or one for each channel.
  private func broadcast(_ left: Value, _ right: Value, _ operation: (Double, Double) -> Double)
    -> Value
  {
    let repeats = left.elements.count / right.elements.count
    return Value(
      shape: left.shape,
      elements: left.elements.enumerated().map { operation($1, right.elements[$0 / repeats]) })
  }

  private func convolution(_ node: ProtobufReader, _ inputs: [Value]) -> Value {
    let (input, weights) = (inputs[0], inputs[1])
    let padding = integers(node, "pads").first ?? 0
    let stride = integers(node, "strides")[0]
    let (outputs, channels, kernel) = (weights.shape[0], weights.shape[1], weights.shape[2])
    let side = input.shape[2]
    let outputSide = (side + 2 * padding - kernel) / stride + 1
    var elements: [Double] = []
    for output in 0..<outputs {
      for y in 0..<outputSide {
        for x in 0..<outputSide {
          var sum = inputs.count > 2 ? inputs[2].elements[output] : 0
          for channel in 0..<channels {
            for row in 0..<kernel {
              for column in 0..<kernel {
                let (top, left) = (y * stride + row - padding, x * stride + column - padding)
                if !(0..<side).contains(top) || !(0..<side).contains(left) { continue }
                sum +=
                  input.elements[(channel * side + top) * side + left]
                  * weights.elements[
                    ((output * channels + channel) * kernel + row) * kernel + column]
              }
            }
          }
          elements.append(sum)
        }
      }
    }
    return Value(shape: [1, outputs, outputSide, outputSide], elements: elements)
  }
}
