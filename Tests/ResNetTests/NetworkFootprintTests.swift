import Tensor
import Testing

import ResNet

/// The estimate of a network's memory beside what the network itself reserves.
@Suite(.serialized) struct NetworkFootprintTests {
  /// A network and a rank's part of a batch.
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let architecture: Architecture
    let partition: BatchPartition
  }

  static let cases = [
    Case(
      testDescription: "the smallest", architecture: Architecture(depth: 8),
      partition: BatchPartition(globalBatch: 1, shards: 1)),
    Case(
      testDescription: "depth 20, 64 images", architecture: Architecture(),
      partition: BatchPartition(globalBatch: 64, shards: 16)),
    Case(
      testDescription: "the second of three ranks", architecture: Architecture(shortcut: .B),
      partition: BatchPartition(globalBatch: 128, shards: 16, rank: 1, ranks: 3)),
    Case(
      testDescription: "projections everywhere and groups",
      architecture: Architecture(shortcut: .C),
      partition: BatchPartition(globalBatch: 48, shards: 12, groupSamples: 8)),
    Case(
      testDescription: "plain, bare, 100 classes",
      architecture: Architecture(kind: .plain, depth: 32, stem: .bare, classes: 100),
      partition: BatchPartition(globalBatch: 30, shards: 3)),
    Case(
      testDescription: "deep, as evaluate takes it", architecture: Architecture(depth: 110),
      partition: BatchPartition(globalBatch: 40, shards: 1)),
  ]

  private func isNear(_ estimate: Int, _ bytes: Int) -> Bool {
    abs(Double(estimate) / Double(bytes) - 1) < 0.03
  }

  @Test(arguments: cases)
  func theEstimateIsWhatANetworkReserves(footprint: Case) {
    let estimate = Network.estimatedBytes(footprint.architecture, partition: footprint.partition)
    let network = Network(footprint.architecture, partition: footprint.partition)
    #expect(isNear(estimate, network.reservedBytes), "\(estimate), \(network.reservedBytes)")
  }

  @Test func theEstimateKnowsOtherKernels() {
    let partition = BatchPartition(globalBatch: 16, shards: 16)
    func makeEngine(_ geometry: ConvolutionGeometry, _ arena: Arena) -> any ConvolutionEngine {
      OpenBLASConvolution(geometry: geometry, arena: arena)
    }
    let estimate = Network.estimatedBytes(
      Architecture(), partition: partition, makeEngine: makeEngine)
    let network = Network(Architecture(), partition: partition, makeEngine: makeEngine)
    #expect(isNear(estimate, network.reservedBytes), "\(estimate), \(network.reservedBytes)")
  }

  /// Outputs and inputs of 54 blocks a stage alone: 50,000 images of 3·(64 + 32 + 16) KiB each.
  @Test func whatNoMachineHasIsEstimatedAtOnce() {
    let estimate = Network.estimatedBytes(
      Architecture(depth: 326), partition: BatchPartition(globalBatch: 50_000, shards: 10))
    #expect(estimate > 50_000 * 54 * 3 * (64 + 32 + 16) * 1024)
    #expect(estimate < 2 * 50_000 * 54 * 3 * (64 + 32 + 16) * 1024)
  }
}
