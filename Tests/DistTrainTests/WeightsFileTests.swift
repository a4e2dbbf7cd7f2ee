import Testing

import DistTrain

/// A file of weights whose parts do not agree, and what must be said of it.
struct ContradictoryFile: CustomTestStringConvertible, Sendable {
  let testDescription: String
  var metadata: [String: String] = [:]
  var tensors: [NamedTensor] = []
  var without = ""
  let words: [String]

  init(
    _ name: String, _ metadata: [String: String] = [:], with tensors: [NamedTensor] = [],
    without: String = "", _ words: [String]
  ) {
    testDescription = name
    self.metadata = metadata
    self.tensors = tensors
    self.without = without
    self.words = words
  }
}

/// Files of weights as evaluate and --init-weights read them.
@Suite struct WeightsFileTests {
  private static func zeros(_ name: String, _ shape: [Int]) -> NamedTensor {
    constant(name, shape, 0)
  }

  private static func constant(_ name: String, _ shape: [Int], _ value: Float) -> NamedTensor {
    NamedTensor(
      name: name, shape: shape, values: [Float](repeating: value, count: shape.reduce(1, *)))
  }

  /// What of a network of depth 14 decides what it is; B where it has projections.
  private static func tensors(projections: Bool = false) -> [NamedTensor] {
    var tensors = [
      zeros("conv1.weight", [16, 3, 3, 3]), zeros("bn1.weight", [16]),
      zeros("layer1.0.conv1.weight", [16, 16, 3, 3]),
      zeros("layer1.1.conv1.weight", [16, 16, 3, 3]), zeros("linear.weight", [10, 64]),
    ]
    if projections { tensors.append(zeros("layer2.0.shortcut.weight", [32, 16, 1, 1])) }
    return tensors
  }

  private static let channelMean = constant("normalize.mean", [3, 1, 1], 0.5)
  private static let channelStd = constant("normalize.std", [3, 1, 1], 0.25)
  private static let pixelMean = constant("normalize.mean", [3, 32, 32], 0.5)

  private func read(
    _ tensors: [NamedTensor], _ metadata: [String: String] = [:]
  ) throws -> WeightsFile {
    try WeightsFile(
      Safetensors(tensors: tensors, metadata: metadata), digest: "", path: "the file")
  }

  static let contradictions = [
    ContradictoryFile("a word of another case", ["network": "Plain"], ["network", "\"Plain\""]),
    ContradictoryFile("a decimal depth", ["depth": "8.0"], ["depth", "\"8.0\"", "14"]),
    ContradictoryFile("another depth", ["depth": "20"], ["depth", "\"20\"", "14"]),
    ContradictoryFile(
      "an absurd depth", ["depth": "6000000000000000002"], ["depth", "6000000000000000002"]),
    ContradictoryFile("a small letter", ["shortcut": "b"], ["shortcut", "\"b\"", "A"]),
    ContradictoryFile("another shortcut", ["shortcut": "C"], ["shortcut", "\"C\""]),
    ContradictoryFile("another stem", ["stem": "bare"], ["stem", "\"bare\"", "batchnorm"]),
    ContradictoryFile("other classes", ["classes": "100"], ["classes", "\"100\"", "10"]),
    ContradictoryFile("an unknown data set", ["dataset": "svhn"], ["dataset", "\"svhn\""]),
    ContradictoryFile(
      "an unknown normalisation", ["normalize": "imagenet"], ["normalize", "\"imagenet\""]),
    ContradictoryFile(
      "image means beside constants", ["normalize": "image-mean"], with: [pixelMean],
      ["normalize", "image-mean", "pixel-mean"]),
    ContradictoryFile(
      "pixel means beside channel constants", ["normalize": "pixel-mean"], with: [channelMean],
      ["normalize", "pixel-mean", "channel-mean"]),
    ContradictoryFile(
      "another number of images", ["train_images": "60000"], ["train_images", "\"60000\""]),
    ContradictoryFile("two means", ["mean": "0.5,0.5"], ["mean", "\"0.5,0.5\"", "three"]),
    ContradictoryFile("a mean of words", ["mean": "a,b,c"], ["mean", "\"a,b,c\""]),
    ContradictoryFile("no number", ["std": "nan,nan,nan"], ["std", "nan,nan,nan"]),
    ContradictoryFile("deviations of 0", ["std": "0,0,0"], ["std", "0,0,0", "above 0"]),
    ContradictoryFile("deviations that round to 0", ["std": "1e-60,1,1"], ["std", "1e-60,1,1"]),
    ContradictoryFile(
      "constants of pixel means", ["normalize": "pixel-mean", "mean": "0.5,0.5,0.5"],
      ["mean", "0.5,0.5,0.5", "pixel-mean"]),
    ContradictoryFile(
      "another mean than the tensor's", ["mean": "0.5,0.5,0.4"], with: [channelMean, channelStd],
      ["mean", "0.5,0.5,0.4", "normalize.mean"]),
    ContradictoryFile(
      "a deviation tensor of 0", with: [channelMean, zeros("normalize.std", [3, 1, 1])],
      ["normalize.std", "0.0"]),
    ContradictoryFile(
      "a mean tensor that is not finite", with: [constant("normalize.mean", [3, 32, 32], .nan)],
      ["normalize.mean", "nan"]),
    ContradictoryFile(
      "an infinite mean", with: [constant("normalize.mean", [3, 1, 1], .infinity)],
      ["normalize.mean", "inf"]),
    ContradictoryFile(
      "deviations of pixels", with: [pixelMean, channelStd], ["normalize.std", "[3, 32, 32]"]),
    ContradictoryFile(
      "a misshapen mean", with: [zeros("normalize.mean", [3])], ["normalize.mean", "[3]"]),
    ContradictoryFile(
      "a deviation without a mean", with: [channelStd], ["normalize.std", "normalize.mean"]),
    ContradictoryFile(
      "an unknown constant", with: [zeros("normalize.gamma", [3])], ["normalize.gamma"]),
    ContradictoryFile(
      "torchvision's name of the classifier", with: [zeros("fc.weight", [10, 64])],
      without: "linear.weight", ["lacks the tensor linear.weight", "fc.weight"]),
    ContradictoryFile(
      "no classifier", without: "linear.weight", ["lacks the tensor linear.weight"]),
    ContradictoryFile(
      "no block", without: "layer1.0.conv1.weight", ["lacks the tensor layer1.0.conv1.weight"]),
  ]

  @Test(arguments: contradictions)
  func aFileThatContradictsItselfIsRefusedWithKeyAndValue(file: ContradictoryFile) throws {
    let failure = #expect(throws: Failure.self) {
      try read(Self.tensors().filter { $0.name != file.without } + file.tensors, file.metadata)
    }
    #expect(failure?.kind == .data)
    for word in file.words + ["the file"] {
      #expect(failure?.message.contains(word) == true, "\(failure as Any)")
    }
  }

  @Test func aPlainNetworkHasNoProjections() throws {
    let failure = #expect(throws: Failure.self) {
      try read(Self.tensors(projections: true), ["network": "plain"])
    }
    #expect(failure?.message.contains("network \"plain\"") == true, "\(failure as Any)")
  }

  @Test func tensorsShowTheNetworkAndMetadataMayAgree() throws {
    let stated = [
      "network": "residual", "depth": "14", "shortcut": "B", "stem": "batchnorm", "classes": "10",
      "dataset": "synthetic", "normalize": "channel-mean-std", "mean": "0.5,0.5,0.5",
      "std": "0.25,0.25,0.25", "train_images": "45000", "iteration": "7", "format": "pt",
    ]
    let constants = [Self.channelMean, Self.channelStd]
    let file = try read(Self.tensors(projections: true) + constants, stated)
    #expect(file.network.depth == 14 && file.network.classes == 10)
    #expect(file.network.shortcut == .B && file.network.stem == .batchnorm)
    #expect(file.metadata.network == .residual && file.metadata.trainImages == 45_000)
    #expect(file.constants?.mode == .channelMeanStd)
    let silent = try read(Self.tensors())
    #expect(silent.network.shortcut == .A && silent.metadata.network == nil)
    #expect(silent.constants == nil && silent.metadata.trainImages == nil)
  }

  @Test(arguments: ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.module."])
  func prefixesOfAllNamesAreTakenOff(prefix: String) throws {
    let own = Self.tensors() + [Self.channelMean]
    let wrapped = own.map {
      NamedTensor(name: prefix + $0.name, shape: $0.shape, values: $0.values)
    }
    #expect(try read(wrapped).tensors == own)
    // One name without it, and none is taken off.
    let failure = #expect(throws: Failure.self) { try read(wrapped + [Self.zeros("own", [1])]) }
    #expect(failure?.message.contains("lacks the tensor linear.weight") == true)
  }

  @Test func namesThatTheirPrefixesMadeDifferentAreDoubled() throws {
    let tensors = Self.tensors().map {
      NamedTensor(name: "module." + $0.name, shape: $0.shape, values: $0.values)
    }
    let failure = #expect(throws: Failure.self) {
      try read(tensors + [Self.zeros("_orig_mod.bn1.weight", [16])])
    }
    #expect(failure?.kind == .data && failure?.message.contains("bn1.weight twice") == true)
  }

  private func describe(
    _ tensors: [NamedTensor], _ metadata: [String: String] = [:],
    _ give: (inout PartialConfiguration) -> Void = { _ in }
  ) throws -> WeightsDescription {
    var request = EvaluationRequest()
    give(&request.settings)
    try request.check()
    return try WeightsDescription(
      read(Self.tensors() + tensors, metadata), given: request.settings)
  }

  /// Flags win over the file; what neither has is computed.
  @Test func theNormalisationComesFromFlagsThenTheFileThenTheData() throws {
    let constants = [Self.channelMean, Self.channelStd]
    func channels(_ mean: SIMD3<Float>, _ std: SIMD3<Float>?) throws
      -> WeightsDescription.Normalization
    {
      .known(.channels(try #require(ChannelConstants(mean: mean, std: std))))
    }
    let half: SIMD3<Float> = [0.5, 0.5, 0.5]
    let quarter: SIMD3<Float> = [0.25, 0.25, 0.25]
    #expect(try describe([Self.channelMean]).normalization == channels(half, nil))
    #expect(try describe(constants).normalization == channels(half, quarter))
    let both = try describe([Self.pixelMean]) {
      $0.mean = [0.1, 0.2, 0.3]
      $0.std = [1, 1, 1]
    }
    #expect(try both.normalization == channels([0.1, 0.2, 0.3], [1, 1, 1]))
    let mean = try describe(constants) { $0.mean = [0.1, 0.2, 0.3] }
    #expect(try mean.normalization == channels([0.1, 0.2, 0.3], quarter))
    let halves = try describe([], ["normalize": "channel-mean-std", "mean": "0.5,0.5,0.5"])
    #expect(
      try halves.normalization
        == .ofTrainingSet(
          .channelMeanStd, count: 50_000,
          given: GivenChannelConstants(flags: [0.5, 0.5, 0.5], nil)))
    let image = try describe(constants) { $0.normalization = .imageMean }
    #expect(image.normalization == .known(.imageMean))
    let pixel = try describe(constants, ["train_images": "45000"]) { $0.normalization = .pixelMean }
    #expect(pixel.normalization == .ofTrainingSet(.pixelMean, count: 45_000, given: .none))
  }

  @Test func aNormalisationKnownFromNowhereIsAskedFor() throws {
    let failure = #expect(throws: Failure.self) { try describe([]) }
    #expect(failure?.kind == .usage && failure?.message.contains("--normalize") == true)
  }

  @Test func constantsContradictAnotherNormalisation() throws {
    let failure = #expect(throws: Failure.self) {
      try describe([]) {
        $0.normalization = .pixelMean
        $0.std = [1, 1, 1]
      }
    }
    #expect(failure?.kind == .usage && failure?.message.contains("pixel-mean") == true)
  }
}
