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

  /// The loss is some nats in single precision; a gradient's error is that of a few ReLU masks that
  /// differ between the precisions.
  private func checkGradients(_ architecture: Architecture, images: Int) throws {
    let pair = Pair(
      architecture, partition: BatchPartition(globalBatch: images, microShards: images))
    try pair.computeGradients()
    let loss = pair.network.lossSums.reduce(0) { $0 + $1.loss } / Double(images)
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

  @Test func gradientsAreRightWithTwoBatchNormGroups() throws {
    let partition = BatchPartition(globalBatch: 6, microShards: 6, groupSamples: 3)
    let pair = Pair(Architecture(depth: 8, imageSide: 16), partition: partition)
    try pair.computeGradients()
    let worst = pair.worstGradientError(directions: 2)
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
