import ResNet
import Tensor

extension Network {
  /// All parameters and running statistics with their names, in PyTorch's layout.
  public var namedTensors: [NamedTensor] {
    (layout.parameters + layout.runningStatistics).map {
      NamedTensor(name: $0.name, shape: $0.shape, values: values(of: $0))
    }
  }

  /// SHA-256 over the little-endian bytes of all parameters and running statistics, in PyTorch's
  /// layout and in the order of their names' bytes: 64 hexadecimal digits.
  public var weightsDigest: String {
    let hash = SHA256()
    let sorted = namedTensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for tensor in sorted { hash.update(tensor.values) }
    return hash.hexDigest()
  }

  /// Replaces all parameters and running statistics, or none.
  ///
  /// - Parameters:
  ///   - tensors: exactly this network's; normalisation and momentum are passed over.
  ///   - file: where they are from, for messages.
  /// - Throws: `Failure` of kind data that names an unknown, missing or misshapen tensor, or one that
  ///   is not finite.
  public func load(_ tensors: [NamedTensor], file: String) throws(Failure) {
    for (slot, values) in try layout.ownTensors(of: tensors, file: file) {
      setValues(of: slot, to: values)
    }
  }
}

extension ParameterLayout {
  /// The values of all parameters and running statistics, from a file that has them.
  ///
  /// - Parameters:
  ///   - tensors: exactly this network's; normalisation and momentum are passed over.
  ///   - file: where they are from, for messages.
  /// - Returns: every slot with its values.
  /// - Throws: `Failure` of kind data that names an unknown, missing or misshapen tensor, or one that
  ///   is not finite.
  package func ownTensors(
    of tensors: [NamedTensor], file: String
  ) throws(Failure) -> [(slot: TensorSlot, values: [Float])] {
    let others = ["normalize"] + optimizerBufferNames
    let own = tensors.filter { tensor in
      !others.contains { tensor.name.hasPrefix("\($0).") }
    }
    return try match(own, parameters + runningStatistics, file: file)
  }

  /// Finds each slot's tensor.
  func match(
    _ tensors: [NamedTensor], _ slots: [TensorSlot], file: String
  ) throws(Failure) -> [(slot: TensorSlot, values: [Float])] {
    var remaining = Dictionary(
      tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var matches: [(slot: TensorSlot, values: [Float])] = []
    for slot in slots {
      guard let tensor = remaining.removeValue(forKey: slot.name) else {
        throw Failure(.data, "\(file) lacks the tensor \(slot.name); is it of another network?")
      }
      guard tensor.shape == slot.shape else {
        throw Failure(
          .data,
          "\(file) has \(slot.name) of shape \(tensor.shape) where this network has \(slot.shape)")
      }
      if let value = tensor.values.first(where: { !$0.isFinite }) {
        throw Failure(
          .data, "\(file) has \(value) in \(slot.name); use weights that are finite numbers")
      }
      matches.append((slot, tensor.values))
    }
    if let name = remaining.keys.min() {
      throw Failure(.data, "\(file) has the tensor \(name), which this network has not")
    }
    return matches
  }
}

extension Configuration {
  /// The strings that describe the network in a file of weights.
  var fileMetadata: [String: String] {
    let settings = Settings.table
    let described: [any SettingProtocol] = [
      settings.network, settings.depth, settings.shortcut, settings.stem, settings.classes,
      settings.normalization, settings.dataset, settings.trainImages, settings.mean, settings.std,
    ]
    var strings: [String: String] = [:]
    for setting in described { strings[setting.key] = setting.text(in: self) }
    return strings
  }
}
