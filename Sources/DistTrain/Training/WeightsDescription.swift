import ResNet

/// What network a file of weights is of and how its images are normalised.
///
/// Flags win over the file's metadata, which wins over what the tensors show.
struct WeightsDescription {
  let architecture: Architecture
  let dataset: Configuration.DatasetName
  private let normalization: Configuration.Normalization
  private let constants: Normalizer?
  private let trainImages: Int
  private let mean: [Double]?
  private let std: [Double]?

  /// Reads a description.
  ///
  /// - Parameters:
  ///   - content: the file's content.
  ///   - request: the flags, and the file's name for messages.
  /// - Throws: `Failure` of kind data if the file is of no network of this family, or usage if the
  ///   normalisation is known from nowhere.
  init(_ content: Safetensors, request: EvaluationRequest) throws(Failure) {
    let file = request.weights
    let metadata = content.metadata
    var shapes: [String: [Int]] = [:]
    for tensor in content.tensors { shapes[tensor.name] = tensor.shape }
    architecture = try Self.architecture(shapes, metadata, request)
    dataset =
      request.dataset
      ?? metadata["dataset"].flatMap { Configuration.DatasetName(rawValue: $0) }
      ?? (architecture.classes == 100 ? .cifar100 : .cifar10)
    let constants = try Self.constants(content, metadata, file)
    guard
      let mode = request.normalize
        ?? metadata["normalize"].flatMap({ Configuration.Normalization(rawValue: $0) })
        ?? constants?.mode
    else {
      throw Failure(
        .usage, "\(file) does not say how images are normalised; give --normalize")
    }
    if request.mean != nil || request.std != nil, mode != .channelMeanStd {
      throw Failure(
        .usage,
        "--mean and --std contradict the normalisation \(mode.rawValue); use --normalize "
          + "channel-mean-std")
    }
    normalization = mode
    let isOverridden =
      request.normalize.map { $0 != constants?.mode } ?? false || request.mean != nil
      || request.std != nil
    self.constants = isOverridden || mode == .imageMean ? nil : constants
    trainImages = metadata["train_images"].flatMap { Int($0) } == 45_000 ? 45_000 : 50_000
    mean = request.mean ?? Self.numbers(metadata["mean"])
    std = request.std ?? Self.numbers(metadata["std"])
  }

  /// How images are normalised: by the file's constants, else by those of the training set.
  ///
  /// - Parameter training: the training set of the data set.
  /// - Returns: the normaliser.
  func normalizer(training: ImageSet) -> Normalizer {
    constants
      ?? Normalizer(
        mode: normalization, images: training, count: trainImages, mean: mean, std: std)
  }

  private static func numbers(_ text: String?) -> [Double]? {
    text.map { $0.split(separator: ",").compactMap { Double($0) } }.flatMap {
      $0.count == 3 ? $0 : nil
    }
  }

  private static func constants(
    _ content: Safetensors, _ metadata: [String: String], _ file: String
  ) throws(Failure) -> Normalizer? {
    let mean = content.tensors.first { $0.name == "normalize.mean" }
    let std = content.tensors.first { $0.name == "normalize.std" }
    for name in content.tensors.map(\.name)
    where name.hasPrefix("normalize.") && name != mean?.name && name != std?.name {
      throw Failure(.data, "\(file) has the tensor \(name), which no normalisation has")
    }
    guard let mean else {
      if std != nil { throw Failure(.data, "\(file) has normalize.std without normalize.mean") }
      return nil
    }
    guard mean.shape == [3, 32, 32] || mean.shape == [3, 1, 1],
      std.map({ $0.shape == [3, 1, 1] }) ?? true
    else {
      throw Failure(
        .data,
        "\(file) has normalize.mean of shape \(mean.shape), normalize.std of shape "
          + "\(std?.shape ?? []); they must be [3,32,32] or [3,1,1], and [3,1,1]")
    }
    let mode: Configuration.Normalization =
      mean.shape == [3, 32, 32] ? .pixelMean : std == nil ? .channelMean : .channelMeanStd
    return Normalizer(mode: mode, mean: mean.values, std: std?.values ?? [])
  }

  private static func architecture(
    _ shapes: [String: [Int]], _ metadata: [String: String], _ request: EvaluationRequest
  ) throws(Failure) -> Architecture {
    let blocks = shapes.keys.filter { $0.hasPrefix("layer1.") && $0.hasSuffix(".conv1.weight") }
    let depth = metadata["depth"].flatMap { Int($0) } ?? 6 * blocks.count + 2
    let classes =
      metadata["classes"].flatMap { Int($0) } ?? shapes["linear.weight"]?.first ?? 0
    guard Architecture.isValid(depth: depth), classes > 0 else {
      throw Failure(
        .data,
        "\(request.weights) is not of a network of this family: depth \(depth), "
          + "\(classes) classes")
    }
    let kind =
      request.network
      ?? metadata["network"].flatMap { Architecture.Kind(rawValue: $0) } ?? .residual
    let shortcut =
      metadata["shortcut"].flatMap { Architecture.Shortcut(rawValue: $0) }
      ?? (shapes["layer1.0.shortcut.weight"] != nil
        ? .C : shapes["layer2.0.shortcut.weight"] != nil ? .B : .A)
    let stem =
      metadata["stem"].flatMap { Architecture.Stem(rawValue: $0) }
      ?? (shapes["bn1.weight"] == nil ? .bare : .batchnorm)
    guard kind == .residual || shortcut == .A else {
      throw Failure(
        .data,
        "\(request.weights) has projections, which a plain network has not; drop --network plain")
    }
    return Architecture(kind: kind, depth: depth, shortcut: shortcut, stem: stem, classes: classes)
  }
}
