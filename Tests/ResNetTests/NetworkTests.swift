import ResNet
import Tensor
import Testing

@Suite struct NetworkTests {
  static let small: [Architecture] = [
    Architecture(kind: .plain, depth: 8, imageSide: 16),
    Architecture(depth: 8, shortcut: .A, imageSide: 16),
    Architecture(depth: 14, shortcut: .A, stem: .bare, imageSide: 16),
    Architecture(depth: 8, shortcut: .B, classes: 100, imageSide: 16),
    Architecture(depth: 8, shortcut: .C, stem: .bare, imageSide: 16),
  ]

  /// The shapes of CIFAR-10, whose kernels are specialised, and shapes that none is made for.
  static let otherShapes: [Architecture] = [
    Architecture(depth: 8),
    Architecture(depth: 8, shortcut: .B, width: 32, imageSide: 16),
    Architecture(kind: .plain, depth: 8, width: 48, imageSide: 16),
  ]

  /// Blocks of other numbers of convolutions than the paper's two.
  static let otherBlocks: [Architecture] = [
    Architecture(depth: 5, shortcut: .B, imageSide: 16, unitsPerBlock: 1),
    Architecture(depth: 8, stem: .bare, imageSide: 16, unitsPerBlock: 1),
    Architecture(depth: 11, shortcut: .C, imageSide: 16, unitsPerBlock: 3),
    Architecture(kind: .plain, depth: 14, imageSide: 16, unitsPerBlock: 4),
  ]

  /// The loss is some nats in single precision; a gradient's error is that of a few ReLU masks that
  /// differ between the precisions.
  private func checkGradients(_ architecture: Architecture, images: Int) throws {
    let pair = Pair(
      architecture, partition: BatchPartition(globalBatch: images, shards: images))
    pair.computeGradients()
    let loss = pair.network.shardMetrics.reduce(0) { $0 + $1.lossSum } / Double(images)
    #expect(abs(loss - pair.plain.loss(pair.images, labels: pair.labels)) < 1e-5)
    let worst = pair.worstGradientError(directions: 2)
    #expect(worst.error < 2e-3, "\(worst)")
  }

  @Test(arguments: small)
  func gradientsAreFiniteDifferencesOfThePlainLoss(architecture: Architecture) throws {
    try checkGradients(architecture, images: 4)
  }

  @Test(arguments: otherShapes)
  func gradientsAreRightForOtherWidthsAndSides(architecture: Architecture) throws {
    try checkGradients(architecture, images: 2)
  }

  @Test(arguments: otherBlocks)
  func gradientsAreRightForBlocksOfAnyNumberOfConvolutions(architecture: Architecture) throws {
    try checkGradients(architecture, images: 3)
  }

  @Test(arguments: small)
  func logitsAreThePlainOnesAndNeedNoLabels(architecture: Architecture) {
    let pair = Pair(architecture, partition: BatchPartition(globalBatch: 3, shards: 3))
    pair.network.labels = [-1, -1, -1]
    pair.network.computeLogits(count: 3)
    var plain = pair.plain
    let expected = plain.logits(pair.images, training: false)
    for (image, scores) in expected.enumerated() {
      let found = pair.network.logits(image)
      #expect(found.count == architecture.classes)
      let worst = zip(found, scores).map { abs(Double($0) - $1) }.max() ?? .infinity
      #expect(worst < 2e-5, "\(worst)")
    }
  }

  @Test func gradientsAreRightWithTwoBatchNormGroups() throws {
    let partition = BatchPartition(globalBatch: 6, shards: 6, groupSamples: 3)
    let pair = Pair(Architecture(depth: 8, imageSide: 16), partition: partition)
    pair.computeGradients()
    let worst = pair.worstGradientError(directions: 2)
    #expect(worst.error < 2e-3, "\(worst)")
  }

  @Test func localStatisticsDifferFromTheWholeBatchs() throws {
    let architecture = Architecture(depth: 8, imageSide: 16)
    let whole = Pair(architecture, partition: BatchPartition(globalBatch: 6, shards: 6))
    let halves = Pair(
      architecture, partition: BatchPartition(globalBatch: 6, shards: 6, groupSamples: 3))
    whole.computeGradients()
    halves.computeGradients()
    #expect(whole.network.shardMetrics != halves.network.shardMetrics)
    #expect(whole.network.gradients.array != halves.network.gradients.array)
  }

  @Test func openBLASComputesTheSameNetwork() throws {
    let architecture = Architecture(depth: 8, shortcut: .B, imageSide: 16)
    let partition = BatchPartition(globalBatch: 4, shards: 2)
    let vector = Pair(architecture, partition: partition)
    vector.computeGradients()
    let network = Network(architecture, partition: partition) {
      OpenBLASConvolution(geometry: $0, arena: $1)
    }
    network.parameters.copy(from: vector.network.parameters)
    network.images.elements.copy(from: vector.network.images.elements)
    network.labels = vector.network.labels
    network.computeGradients()
    let pairs = zip(network.nodeGradients[0].array, vector.network.nodeGradients[0].array)
    let scale = vector.network.nodeGradients[0].array.map(abs).max() ?? 0
    #expect((pairs.map { abs($0 - $1) }.max() ?? .infinity) < 2e-3 * scale)
  }

  @Test func evaluationUsesRunningStatistics() throws {
    let pair = Pair(
      Architecture(depth: 8, imageSide: 16),
      partition: BatchPartition(globalBatch: 4, shards: 4))
    var before = Metrics()
    pair.network.evaluate(count: 4, into: &before)
    let statistics = pair.network.runningStatistics.array
    pair.computeGradients()
    #expect(pair.network.runningStatistics.array != statistics)
    var after = Metrics()
    pair.network.evaluate(count: 4, into: &after)
    #expect(before.loss != after.loss)
    // One image after the other gives the same sum.
    var split = Metrics()
    pair.network.evaluate(count: 1, into: &split)
    for index in 1..<4 {
      pair.network.images[0].copy(from: pair.network.images[index])
      pair.network.labels[0] = pair.network.labels[index]
      pair.network.evaluate(count: 1, into: &split)
    }
    #expect(split == after)
  }
}
