import ResNet

extension WeightsModel {
  /// Writes the network with its normalisation as an ONNX model, at once or not at all.
  ///
  /// Its input `images` is [N, 3, side, side], bytes/255; its output `logits` is [N, classes]. Constants
  /// have the names of the tensors that they are.
  ///
  /// - Parameter path: the file; replaced if it is there.
  /// - Throws: `Failure` of kind usage if it is the file of weights itself, or inputOutput.
  public func writeONNX(to path: String) throws(Failure) {
    if InputFile.identity(of: path) == InputFile.identity(of: self.path) {
      throw Failure(.usage, "--onnx \(path) is the file of weights; give another name")
    }
    try Files.replace(path, with: onnxBytes())
  }

  /// The bytes of the ONNX model.
  package func onnxBytes() -> [UInt8] {
    let architecture = network.architecture
    var graph = ONNXGraph()
    for tensor in network.namedTensors + normalizer.tensors { graph.add(tensor) }
    var value = graph.addNormalization(normalizer, of: "images")
    value = graph.addUnit(architecture.stemUnit, of: value)
    if architecture.stemUnit.norm != nil {
      value = graph.add("Relu", [value], output: "relu1")
    }
    for block in architecture.blocks {
      value = graph.addBlock(block, isResidual: architecture.kind == .residual, of: value)
    }
    value = graph.add("GlobalAveragePool", [value], output: "pool")
    value = graph.add("Flatten", [value], output: "features", ["axis": .integer(1)])
    value = graph.add(
      "Gemm", [value, "linear.weight", "linear.bias"], output: "logits", ["transB": .integer(1)])
    let side = architecture.imageSide
    return graph.encoded(
      name: "\(architecture.kind.rawValue)-\(architecture.depth)",
      input: ("images", [3, side, side]), output: (value, architecture.classes),
      properties: [
        "dataset": dataset.name, "class_names": dataset.classNames.joined(separator: ","),
      ])
  }
}

extension ONNXGraph {
  /// Adds (image − mean)/deviation, as far as there are such constants.
  fileprivate mutating func addNormalization(
    _ normalizer: Normalizer, of images: String
  ) -> String {
    var mean = "normalize.mean"
    if case .imageMean = normalizer {
      mean = add(
        "ReduceMean", [images], output: mean,
        ["axes": .integers([2, 3]), "keepdims": .integer(1)])
    }
    let centred = add("Sub", [images, mean], output: "normalize.centred")
    guard normalizer.tensors.contains(where: { $0.name == "normalize.std" }) else { return centred }
    return add("Div", [centred, "normalize.std"], output: "normalize")
  }

  /// Adds a convolution, and its batch norm or bias.
  fileprivate mutating func addUnit(_ unit: UnitDescription, of input: String) -> String {
    let (name, stride) = (unit.convolution, unit.geometry.stride)
    let bias = unit.norm == nil ? ["\(name).bias"] : []
    let output = add(
      "Conv", [input, "\(name).weight"] + bias, output: name,
      [
        "kernel_shape": .integers([3, 3]), "pads": .integers([1, 1, 1, 1]),
        "strides": .integers([stride, stride]),
      ])
    guard let norm = unit.norm else { return output }
    let tensors = ["weight", "bias", "running_mean", "running_var"].map { "\(norm).\($0)" }
    return add(
      "BatchNormalization", [output] + tensors, output: norm, ["epsilon": .float(1e-5)])
  }

  /// Adds the convolutions of a block, its shortcut, and what follows each.
  fileprivate mutating func addBlock(
    _ block: BlockDescription, isResidual: Bool, of input: String
  ) -> String {
    var value = input
    for (index, unit) in block.units.enumerated() {
      value = addUnit(unit, of: value)
      if isResidual && index == block.units.count - 1 {
        value = add("Add", [value, addShortcut(block, of: input)], output: "\(block.name).sum")
      }
      value = add("Relu", [value], output: "\(block.name).relu\(index + 1)")
    }
    return value
  }

  private mutating func addShortcut(_ block: BlockDescription, of input: String) -> String {
    let name = "\(block.name).shortcut"
    let stride = block.input.side / block.output.side
    if block.hasProjection {
      return add(
        "Conv", [input, "\(name).weight", "\(name).bias"], output: name,
        ["kernel_shape": .integers([1, 1]), "strides": .integers([stride, stride])])
    }
    if !block.changesShape { return input }
    // Every second pixel of each second row, then zero channels at the end.
    add("\(name).starts", [0, 0])
    add("\(name).ends", [block.input.side, block.input.side])
    add("\(name).axes", [2, 3])
    add("\(name).steps", [stride, stride])
    add("\(name).pads", [0, 0, 0, 0, 0, block.output.channels - block.input.channels, 0, 0])
    let sliced = add(
      "Slice", [input] + ["starts", "ends", "axes", "steps"].map { "\(name).\($0)" },
      output: "\(name).slice")
    return add("Pad", [sliced, "\(name).pads"], output: name)
  }
}
