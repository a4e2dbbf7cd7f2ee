import ResNet

/// A file of weights as `evaluate` and `--init-weights` read it: one of ours, or written elsewhere.
package struct WeightsFile {
  /// The file's name, for messages.
  let path: String
  /// The tensors, by the names that a plain module has.
  package let tensors: [NamedTensor]
  /// SHA-256 of the file.
  package let digest: String
  /// What the tensors show of the network.
  package let network: ShownNetwork
  /// What the metadata says, none of it against the tensors.
  package let metadata: WeightsMetadata
  /// The constants of `normalize.mean` and `normalize.std`, if there are some.
  package let constants: Normalizer?

  /// Reads a file and checks that its parts agree.
  ///
  /// - Parameter path: the file.
  /// - Throws: `Failure` of kind missingInput, inputOutput, or data, naming file and reason.
  package init(contentsOf path: String) throws(Failure) {
    let bytes = try Files.read(path, remedy: "give the path of a safetensors file")
    try self.init(
      Safetensors(bytes, file: path), digest: SHA256.hexDigest(bytes), path: path)
  }

  /// Checks a file's content.
  package init(_ content: Safetensors, digest: String, path: String) throws(Failure) {
    self.path = path
    self.digest = digest
    tensors = try Self.withoutPrefixes(content.tensors, path)
    network = try ShownNetwork(tensors, file: path)
    constants = try Self.constants(tensors, path)
    metadata = try WeightsMetadata(
      content.metadata, shown: network, constants: constants, file: path)
  }

  /// Replaces a network's weights and running statistics.
  ///
  /// - Parameter network: receives them.
  /// - Throws: `Failure` of kind data if they are another network's, or not finite.
  package func load(into network: Network) throws(Failure) {
    let kind = network.architecture.kind
    if let stated = metadata.network, stated != kind {
      throw Failure(
        .data,
        "\(path) is of a \(stated.rawValue) network where this one is \(kind.rawValue); "
          + "use --network \(stated.rawValue)")
    }
    try network.load(tensors, file: path)
  }

  /// Takes off what `DistributedDataParallel` and `torch.compile` put before every name.
  private static func withoutPrefixes(
    _ tensors: [NamedTensor], _ path: String
  ) throws(Failure) -> [NamedTensor] {
    let prefixes = ["module.", "_orig_mod."]
    var result = tensors
    while !result.isEmpty,
      result.allSatisfy({ tensor in prefixes.contains { tensor.name.hasPrefix($0) } })
    {
      result = result.map { tensor in
        let length = prefixes.first { tensor.name.hasPrefix($0) }?.count ?? 0
        return NamedTensor(
          name: String(tensor.name.dropFirst(length)), shape: tensor.shape, values: tensor.values)
      }
    }
    var names: Set<String> = []
    for tensor in result where !names.insert(tensor.name).inserted {
      throw Failure(.data, "\(path) has the tensor \(tensor.name) twice, under different prefixes")
    }
    return result
  }

  /// Reads `normalize.mean` and `normalize.std`.
  private static func constants(
    _ tensors: [NamedTensor], _ path: String
  ) throws(Failure) -> Normalizer? {
    let mean = tensors.first { $0.name == "normalize.mean" }
    let std = tensors.first { $0.name == "normalize.std" }
    for name in tensors.map(\.name)
    where name.hasPrefix("normalize.") && name != mean?.name && name != std?.name {
      throw Failure(.data, "\(path) has the tensor \(name), which no normalisation has")
    }
    guard let mean else {
      if std != nil { throw Failure(.data, "\(path) has normalize.std without normalize.mean") }
      return nil
    }
    let pixelShapes = Set(DatasetDescription.allCases.map(\.side)).sorted().map { [3, $0, $0] }
    let isPixelMean = pixelShapes.contains(mean.shape) && std == nil
    guard isPixelMean || mean.shape == [3, 1, 1], std.map({ $0.shape == [3, 1, 1] }) ?? true else {
      let shapes = pixelShapes.map { "[3,\($0[1]),\($0[2])]" }.joined(separator: " or ")
      throw Failure(
        .data,
        "\(path) has normalize.mean of shape \(mean.shape), normalize.std of shape "
          + "\(std?.shape ?? []); they must be \(shapes) alone, or [3,1,1] both")
    }
    for (tensor, isValid) in [(mean, \Float.isFinite), (std, \Float.isPositiveAndFinite)] {
      guard let tensor, let value = tensor.values.first(where: { !$0[keyPath: isValid] }) else {
        continue
      }
      let rule = tensor.name == mean.name ? "finite" : "a finite number above 0"
      throw Failure(.data, "\(path) has \(value) in \(tensor.name), where every one is \(rule)")
    }
    if isPixelMean { return PixelMeans(mean.values, side: mean.shape[1]).map(Normalizer.pixelMean) }
    return ChannelConstants(mean: channels(mean), std: std.map(channels)).map(Normalizer.channels)
  }

  private static func channels(_ tensor: NamedTensor) -> SIMD3<Float> {
    SIMD3(tensor.values[0], tensor.values[1], tensor.values[2])
  }
}

extension Float {
  fileprivate var isPositiveAndFinite: Bool { self > 0 && isFinite }
}

/// What tensors show of their network: all but whether it is plain.
package struct ShownNetwork: Equatable {
  package let depth: Int
  package let shortcut: Architecture.Shortcut
  package let stem: Architecture.Stem
  package let classes: Int

  /// Looks at names and shapes.
  ///
  /// - Parameters:
  ///   - tensors: a file's.
  ///   - file: its name, for messages.
  /// - Throws: `Failure` of kind data if no network of this family has them.
  init(_ tensors: [NamedTensor], file: String) throws(Failure) {
    let shapes = Dictionary(tensors.map { ($0.name, $0.shape) }) { first, _ in first }
    guard let linear = shapes["linear.weight"] else {
      let hint =
        shapes["fc.weight"] == nil
        ? "is it of a network of this family?" : "rename its fc.weight and fc.bias to linear"
      throw Failure(.data, "\(file) lacks the tensor linear.weight; \(hint)")
    }
    guard linear.count == 2, linear[0] > 0 else {
      throw Failure(.data, "\(file) has linear.weight of shape \(linear), not [classes, features]")
    }
    var blocks = 0
    while shapes["layer1.\(blocks).conv1.weight"] != nil { blocks += 1 }
    guard blocks > 0 else {
      throw Failure(
        .data,
        "\(file) lacks the tensor layer1.0.conv1.weight; is it of a network of this family?")
    }
    guard Architecture.isValid(depth: 6 * blocks + 2) else {
      throw Failure(
        .data,
        "\(file) has \(blocks) blocks in layer1, which make a depth of \(6 * blocks + 2); the "
          + "deepest network has \(Architecture.maximumDepth)")
    }
    depth = 6 * blocks + 2
    shortcut =
      shapes["layer1.0.shortcut.weight"] != nil
      ? .C : shapes["layer2.0.shortcut.weight"] != nil ? .B : .A
    stem = shapes["bn1.weight"] == nil ? .bare : .batchnorm
    classes = linear[0]
  }
}
