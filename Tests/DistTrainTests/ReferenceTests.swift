import Foundation
import ResNet
import Testing

import DistTrain

private let needsData: Comment = "CIFAR-10's binary batches are not where the program looks"

extension EndToEnd {
  /// The trainer beside PyTorch's numbers; see `Fixtures/README`.
  @Suite(.enabled(if: realDataFolder != nil, needsData)) struct Reference {
    private let folder = TemporaryFolder()

    private func train(_ name: String, _ flags: [String], run: String = "run") throws {
      let kind =
        name == "plain20" ? ["--network", "plain"] : ["--shortcut", String(name.suffix(1))]
      let fixed = [
        "train", "--order", "sequential", "--augment", "none", "--normalize", "pixel-mean", "--lr",
        "0.01", "--evaluate-every", "0", "--log-every", "1", "--init-weights",
        ReferenceNumbers.path("\(name)-init"), "--run", folder.file(run),
      ]
      let result = try CommandRun.disttrain(fixed + kind + flags, ranks: 2)
      try #require(result.status == 0, "\(result.errors)")
    }

    @Test(arguments: ["resnet20-A", "resnet20-B", "resnet20-C", "plain20"])
    func tenLossesTrackDoublePrecision(name: String) throws {
      try train(name, ["--iterations", "10"])
      let losses = csvColumn(folder.file("run/train.csv"), "loss").compactMap(Double.init)
      let expected = try ReferenceNumbers.losses(name)
      try #require(losses.count == 10 && expected.float64.count == 10)
      let errors = zip(losses, expected.float64).map { abs($0 - $1) }
      let pytorch = zip(expected.float32, expected.float64).map { abs($0 - $1) }.max() ?? 0
      #expect(errors[0] < 2e-5, "\(errors)")
      #expect(errors[1] < 2e-3, "\(errors)")
      #expect(errors.allSatisfy { $0 < max(0.03, 4 * pytorch) }, "\(errors)")
    }

    /// A few ReLU masks flip in single precision: PyTorch's own is 3e-3 off over all.
    @Test func theFirstGradientIsPyTorchs() throws {
      let dataset = try Dataset.load(.cifar10, from: realDataFolder)
      let partition = BatchPartition(globalBatch: 128, shards: 16)
      let network = Network(Architecture(), partition: partition)
      try network.load(
        Safetensors(contentsOf: ReferenceNumbers.path("resnet20-A-init")).tensors, file: "init")
      let preprocessor = ImagePreprocessor(
        normalizer: try Normalizer(mode: .pixelMean, images: dataset.training, count: 50_000))
      for index in 0..<128 {
        network.labels[index] = Int(dataset.training.labels[index])
        preprocessor.fill(Sample(index: index), of: dataset.training, into: network.images[index])
      }
      let reducer = LocalReducer(partition: partition)
      network.forward(.batch(reducer))
      network.computeLoss()
      network.backward(reducer)
      network.gradients[0..<network.layout.summedCount].copy(from: network.nodeGradients[0])
      var gradient: Tensors = [:]
      for slot in network.layout.parameters {
        gradient[slot.name] = slot.load(from: network.gradients).map(Double.init)
      }
      let expected = try ReferenceNumbers.tensors(ReferenceNumbers.path("resnet20-A-gradient"))
      #expect(Set(gradient.keys) == Set(expected.keys))
      let all = relativeDistance(gradient, expected, of: Array(expected.keys))
      #expect(all < 6e-3, "\(all)")
      for name in expected.keys {
        let error = relativeDistance(gradient, expected, of: [name])
        #expect(error < 3e-2, "\(name): \(error)")
      }
    }

    /// Distances from PyTorch's state after two steps in parts of the way from the initial one.
    private func distances(
      _ name: String, _ flags: [String] = [], run: String = "run"
    ) throws -> [TensorGroup: Double] {
      try train(
        name, ["--iterations", "2", "--milestones", "1", "--weight-decay", "0.1"] + flags, run: run)
      let initial = try ReferenceNumbers.tensors(ReferenceNumbers.path("\(name)-init"))
      let model = try ReferenceNumbers.tensors(folder.file("\(run)/model.safetensors"))
      let way = try ReferenceNumbers.tensors(ReferenceNumbers.path("\(name)-way2"))
      return groupDistances(combine(model, initial, -), way)
    }

    @Test func twoStepsAreThoseOfPyTorch() throws {
      let found = try distances("resnet20-A")
      for group in TensorGroup.allCases {
        #expect(found[group] ?? .infinity < Bounds.residual[group] ?? 0, "\(found)")
      }
    }

    @Test func twoStepsOfThePlainNetworkAreThoseOfPyTorch() throws {
      let found = try distances("plain20")
      for group in TensorGroup.allCases {
        #expect(found[group] ?? .infinity < Bounds.plain[group] ?? 0, "\(found)")
      }
    }

    @Test(arguments: [
      ["--weight-decay", "0"], ["--weight-decay-scope", "weights"], ["--momentum", "0"],
    ])
    func otherUpdatesAreToldApart(flags: [String]) throws {
      // The flag stands twice; the last one counts.
      let found = try distances("resnet20-A", flags)
      #expect(
        TensorGroup.allCases.contains { found[$0] ?? 0 > 3 * (Bounds.residual[$0] ?? .infinity) },
        "\(found)")
    }
  }
}

/// Errors per group that rounding alone does not reach: some four times those of noise of 3e-6 in
/// each convolution, which are 8.7e-4, 1.1e-5, 2.4e-5 and 2.6e-3, ten times more in plain networks.
private enum Bounds {
  static let residual: [TensorGroup: Double] = [
    .batchNormWeights: 4e-3, .runningMeans: 5e-5, .runningVariances: 8e-5, .otherWeights: 1e-2,
  ]
  static let plain: [TensorGroup: Double] = [
    .batchNormWeights: 4e-2, .runningMeans: 5e-4, .runningVariances: 1e-3, .otherWeights: 4e-2,
  ]
}

private func groupDistances(_ moved: Tensors, _ way: Tensors) -> [TensorGroup: Double] {
  Dictionary(
    uniqueKeysWithValues: TensorGroup.allCases.map { group in
      (group, relativeDistance(moved, way, of: way.keys.filter(group.contains)))
    })
}

/// The bounds fail updates that no flag makes, computed here from PyTorch's own numbers.
@Suite struct ReferenceBoundsTests {
  private let initial: Tensors
  private let way: Tensors
  /// Gradients with decay of both steps, recovered from where the steps led.
  private let first: Tensors
  private let second: Tensors
  private let rate1 = 0.01
  private let rate2 = 0.001
  private let momentum = 0.9

  init() throws {
    initial = try ReferenceNumbers.tensors(ReferenceNumbers.path("resnet20-A-init"))
    way = try ReferenceNumbers.tensors(ReferenceNumbers.path("resnet20-A-way2"))
    let gradient = try ReferenceNumbers.tensors(ReferenceNumbers.path("resnet20-A-gradient"))
    first = combine(gradient, initial) { $0 + 0.1 * $1 }
    // w2 − w0 = −lr1·v1 − lr2·v2 with v1 = d1 and v2 = m·v1 + d2.
    second = combine(way, first) { (-$0 - 0.01 * $1) / 0.001 - 0.9 * $1 }
  }

  private func exceeds(_ moved: Tensors) -> [TensorGroup] {
    let found = groupDistances(moved, way)
    return TensorGroup.allCases.filter {
      found[$0].map { $0.isFinite } ?? false && found[$0] ?? 0 > Bounds.residual[$0] ?? .infinity
    }
  }

  @Test func theRightUpdateIsWithin() {
    let right = combine(first, second) { -rate1 * $0 - rate2 * (momentum * $0 + $1) }
    #expect(exceeds(right).isEmpty)
  }

  @Test func caffesMomentumIsNot() {
    let caffe = combine(first, second) {
      -rate1 * $0 - (momentum * rate1 * $0 + rate2 * $1)
    }
    #expect(exceeds(caffe) == [.batchNormWeights, .otherWeights])
  }

  @Test func nesterovsMomentumIsNot() {
    let nesterov = combine(first, second) {
      -rate1 * (1 + momentum) * $0 - rate2 * ($1 + momentum * (momentum * $0 + $1))
    }
    #expect(exceeds(nesterov) == [.batchNormWeights, .otherWeights])
  }

  @Test func noMomentumIsNot() {
    let none = combine(first, second) { -rate1 * $0 - rate2 * $1 }
    #expect(exceeds(none) == [.batchNormWeights, .otherWeights])
  }

  /// From 1 two updates of a tenth lead to 0.81 plus the variances' part.
  @Test func aBiasedRunningVarianceIsNot() {
    var moved = way
    for (name, values) in way where name.hasSuffix("running_var") {
      let stage = name.hasPrefix("layer2") ? 1 : name.hasPrefix("layer3") ? 2 : 0
      let count = Double(128 * (32 >> stage) * (32 >> stage))
      moved[name] = values.map { (1 + $0 - 0.81) * (count - 1) / count + 0.81 - 1 }
    }
    #expect(exceeds(moved) == [.runningVariances])
  }
}
