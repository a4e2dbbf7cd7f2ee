import ResNet
import Tensor
import Testing

@Suite struct EvaluationModeTests {
  /// Every width and side, in which single precision's losses of eight images are right to 1e-5.
  private static let architectures =
    NetworkTests.small + NetworkTests.otherShapes + [Architecture(depth: 8, width: 32)]
  private static let tolerance = 5e-5

  @Test(arguments: architectures)
  func lossAndErrorsAreThePlainOnesUnderRunningStatistics(architecture: Architecture) {
    let pair = Pair(architecture, partition: BatchPartition(globalBatch: 8, shards: 8))
    // Every second image is of the class that the plain network takes it for.
    let labels = pair.plain.evaluate(pair.images, labels: pair.labels).classes.enumerated().map {
      ($1 + $0 % 2) % architecture.classes
    }
    pair.network.labels = labels
    var found = Metrics()
    pair.network.evaluate(count: 8, into: &found)
    let expected = pair.plain.evaluate(pair.images, labels: labels).loss
    #expect(abs(found.lossSum - expected) < Self.tolerance)
    #expect(found.errors == 4)

    // Another ε and the batch's own statistics would be noticed.
    var other = pair.plain
    other.epsilon = 1e-3
    let otherLoss = other.evaluate(pair.images, labels: labels).loss
    #expect(abs(otherLoss - expected) > 10 * Self.tolerance)
    let batchLoss = 8 * pair.plain.loss(pair.images, labels: labels)
    #expect(abs(batchLoss - expected) > 10 * Self.tolerance)
  }
}
