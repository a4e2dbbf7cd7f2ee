import ResNet
import Tensor
import Testing

/// A small network with random weights and images, and its plain counterpart.
struct Pair {
  let network: Network
  let plain: PlainNetwork
  let images: [PlainNetwork.Image]
  let labels: [Int]

  init(_ architecture: Architecture, partition: BatchPartition, seed: UInt64 = 1) {
    network = Network(architecture, partition: partition)
    network.initialize(seed: seed, projectionInit: .kaiming)
    let generator = CounterGenerator(seed: seed)
    func number(_ stream: UInt64, _ index: Int) -> Double {
      2 * generator.uniform(stream: stream, index: UInt64(index)) - 1
    }
    // Batch norm's parameters and biases away from 0 and 1, so that their every use shows.
    for (key, slot) in network.layout.parameters.enumerated() where slot.layout == .vector {
      let center: Float = slot.name.contains("bn") && slot.name.hasSuffix("weight") ? 1 : 0
      network.setValues(
        of: slot,
        to: (0..<slot.count).map { center + 0.3 * Float(number(UInt64(1000 + key), $0)) })
    }
    var tensors: [String: [Double]] = [:]
    for slot in network.layout.parameters {
      tensors[slot.name] = network.values(of: slot).map(Double.init)
    }
    plain = PlainNetwork(
      architecture: architecture, groupSamples: partition.groupSamples, tensors: tensors)
    let side = architecture.imageSide
    images = (0..<partition.globalBatch).map { index in
      var image = PlainNetwork.Image(channels: 3, side: side)
      for place in image.values.indices {
        image.values[place] = Double(Float(number(UInt64(index), place)))
      }
      return image
    }
    labels = (0..<partition.globalBatch).map { ($0 * 7 + 3) % architecture.classes }
    for index in 0..<partition.localSamples {
      let sample = partition.localShards.lowerBound * partition.shardSamples + index
      network.labels[index] = labels[sample]
      let padded = network.image(index)
      for c in 0..<3 {
        for y in 0..<side {
          for x in 0..<side {
            padded[((y + 1) * (side + 2) + x + 1) * 3 + c] =
              Float(images[sample].values[images[sample].index(c, y, x)])
          }
        }
      }
    }
  }

  /// Computes gradients of the whole batch in this process.
  func computeGradients() throws {
    try network.computeGradients(reduction: LocalReduction(partition: network.partition))
    precondition(network.nodeGradients.count == 1, "the whole batch is one node")
    network.gradients[0..<network.layout.summedCount].copy(from: network.nodeGradients[0])
  }

  /// The worst difference between gradients and finite differences over some elements of every
  /// tensor, relative to the largest derivative found in the tensor.
  func worstGradientError(elements: Int) -> (error: Double, tensor: String) {
    var worst = (error: 0.0, tensor: "")
    for slot in network.layout.parameters {
      let gradient = slot.load(from: network.gradients)
      let places = (0..<min(elements, slot.count)).map { ($0 * 7919 + 13) % slot.count }
      let expected = places.map { plain.derivative(slot.name, $0, images, labels) }
      let scale = expected.map(abs).max() ?? 0
      for (place, value) in zip(places, expected) {
        let error = abs(Double(gradient[place]) - value) / max(scale, 1e-3)
        if !(error <= worst.error) { worst = (error, slot.name) }
      }
    }
    return worst
  }
}

@Suite struct NetworkTests {
  static let small: [Architecture] = [
    Architecture(kind: .plain, depth: 8, imageSide: 16),
    Architecture(depth: 8, shortcut: .A, imageSide: 16),
    Architecture(depth: 14, shortcut: .A, stem: .bare, imageSide: 16),
    Architecture(depth: 8, shortcut: .B, classes: 100, imageSide: 16),
    Architecture(depth: 8, shortcut: .C, stem: .bare, imageSide: 16),
  ]

  @Test(arguments: small)
  func gradientsAreFiniteDifferencesOfThePlainLoss(architecture: Architecture) throws {
    let pair = Pair(architecture, partition: BatchPartition(globalBatch: 4, microShards: 4))
    try pair.computeGradients()
    let loss = pair.network.lossSums.reduce(0) { $0 + $1.loss } / 4
    #expect(abs(loss - pair.plain.loss(pair.images, labels: pair.labels)) < 1e-5)
    let worst = pair.worstGradientError(elements: 3)
    #expect(worst.error < 2e-3, "\(worst)")
  }

  @Test func gradientsAreRightWithTwoBatchNormGroups() throws {
    let partition = BatchPartition(globalBatch: 6, microShards: 6, groupSamples: 3)
    let pair = Pair(Architecture(depth: 8, imageSide: 16), partition: partition)
    try pair.computeGradients()
    let worst = pair.worstGradientError(elements: 2)
    #expect(worst.error < 2e-3, "\(worst)")
  }

  @Test func localStatisticsDifferFromTheWholeBatchs() throws {
    let architecture = Architecture(depth: 8, imageSide: 16)
    let whole = Pair(architecture, partition: BatchPartition(globalBatch: 6, microShards: 6))
    let halves = Pair(
      architecture, partition: BatchPartition(globalBatch: 6, microShards: 6, groupSamples: 3))
    try whole.computeGradients()
    try halves.computeGradients()
    #expect(whole.network.lossSums != halves.network.lossSums)
    #expect(whole.network.gradients.array != halves.network.gradients.array)
  }

  @Test func openBLASComputesTheSameNetwork() throws {
    let architecture = Architecture(depth: 8, shortcut: .B, imageSide: 16)
    let partition = BatchPartition(globalBatch: 4, microShards: 2)
    let vector = Pair(architecture, partition: partition)
    try vector.computeGradients()
    let network = Network(architecture, partition: partition) {
      OpenBLASConvolution(geometry: $0, arena: $1)
    }
    network.parameters.copy(from: vector.network.parameters)
    network.images.copy(from: vector.network.images)
    network.labels = vector.network.labels
    try network.computeGradients(reduction: LocalReduction(partition: partition))
    let pairs = zip(network.nodeGradients[0].array, vector.network.nodeGradients[0].array)
    let scale = vector.network.nodeGradients[0].array.map(abs).max() ?? 0
    #expect((pairs.map { abs($0 - $1) }.max() ?? .infinity) < 2e-3 * scale)
  }

  @Test func evaluationUsesRunningStatistics() throws {
    let pair = Pair(
      Architecture(depth: 8, imageSide: 16),
      partition: BatchPartition(globalBatch: 4, microShards: 4))
    var before = LossSums()
    pair.network.evaluate(count: 4, into: &before)
    let statistics = pair.network.runningStatistics.array
    try pair.computeGradients()
    #expect(pair.network.runningStatistics.array != statistics)
    var after = LossSums()
    pair.network.evaluate(count: 4, into: &after)
    #expect(before.loss != after.loss)
    // One image after the other gives the same sum.
    var split = LossSums()
    pair.network.evaluate(count: 1, into: &split)
    for index in 1..<4 {
      pair.network.image(0).copy(from: pair.network.image(index))
      pair.network.labels[0] = pair.network.labels[index]
      pair.network.evaluate(count: 1, into: &split)
    }
    #expect(split == after)
  }
}

@Suite struct ParameterLayoutTests {
  @Test(arguments: [
    (20, 269_722), (32, 464_154), (44, 658_586), (56, 853_018), (110, 1_727_962),
    (1202, 97_216 * 200 - 21_926),
  ])
  func plainAndOptionAHaveThePapersParameters(depth: Int, count: Int) {
    #expect(ParameterLayout(Architecture(depth: depth)).trainableCount == count)
    #expect(ParameterLayout(Architecture(kind: .plain, depth: depth)).trainableCount == count)
  }

  @Test(arguments: [
    (20, 272_378, 283_626), (32, 466_810, 489_034), (44, 661_242, 694_442),
    (56, 855_674, 899_850), (110, 1_730_618, 1_824_186),
  ])
  func projectionsAddTheirWeightsAndBiases(depth: Int, optionB: Int, optionC: Int) {
    #expect(ParameterLayout(Architecture(depth: depth, shortcut: .B)).trainableCount == optionB)
    #expect(ParameterLayout(Architecture(depth: depth, shortcut: .C)).trainableCount == optionC)
  }

  @Test func theBareStemHasABiasInsteadOfBatchNorm() {
    let layout = ParameterLayout(Architecture(stem: .bare))
    #expect(layout.trainableCount == 269_722 - 16)
    #expect(layout.slot("conv1.bias").shape == [16])
    #expect(!layout.parameters.contains { $0.name.hasPrefix("bn1") })
  }

  @Test func slotsCoverTheBuffersWithoutOverlap() {
    let layout = ParameterLayout(Architecture(shortcut: .C, stem: .bare, classes: 100))
    var end = 0
    for slot in layout.parameters {
      #expect(slot.range.lowerBound == end)
      #expect(slot.range.count >= slot.count && slot.range.lowerBound % vectorLanes == 0)
      end = slot.range.upperBound
    }
    #expect(end == layout.parameterCount)
  }

  @Test func valuesSurviveTheLayoutsBothWays() {
    let layout = ParameterLayout(Architecture(shortcut: .B, classes: 100))
    let buffer = FloatView(zeros: layout.parameterCount)
    for slot in layout.parameters {
      let values = (0..<slot.count).map { Float($0 + 1) }
      slot.store(values, in: buffer)
      #expect(slot.load(from: buffer) == values)
    }
    let convolution = layout.slot("layer1.0.conv1.weight")
    // Element [o=2][i=5][ky=1][kx=0] of PyTorch is [tap 3][i=5][o=2] of the kernels.
    #expect(
      buffer[convolution.range.lowerBound + (3 * 16 + 5) * 16 + 2]
        == Float((2 * 16 + 5) * 9 + 3 + 1))
  }
}
