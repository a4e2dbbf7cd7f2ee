import ResNet

extension ParameterLayout {
  /// How many batch norms there are of each number of channels, ascending.
  var batchNormWidths: [(channels: Int, norms: Int)] {
    Dictionary(grouping: parameters.filter { $0.role == .normScale }, by: \.count)
      .sorted { $0.key < $1.key }
      .map { (channels: $0.key, norms: $0.value.count) }
  }
}
