import ResNet
import Tensor
import Testing

/// The paper's deepest network, on images of half the side to save memory.
@Suite struct DeepNetworkTests {
  @Test func aThousandLayersConstructAndStep() throws {
    let partition = BatchPartition(globalBatch: 4, shards: 4)
    let network = Network(Architecture(depth: 1202, imageSide: 16), partition: partition)
    network.initialize(seed: 1, projectionInitialization: .average)
    let generator = CounterGenerator(seed: 7)
    for sample in 0..<4 {
      network.labels[sample] = sample % 10
      let image = network.images[sample]
      for row in 1...16 {
        for place in row * 54 + 3..<row * 54 + 51 {
          image[place] =
            Float(generator.uniform(stream: UInt64(sample), index: UInt64(place))) - 0.5
        }
      }
    }
    network.computeGradients()
    let loss = network.shardMetrics.reduce(0) { $0 + $1.lossSum } / 4
    #expect(loss.isFinite && loss > 0)
    try #require(network.nodeGradients.count == 1)
    network.gradients[0..<network.layout.summedCount].copy(from: network.nodeGradients[0])
    // Every tensor of every layer takes part.
    for slot in network.layout.parameters {
      let gradient = slot.load(from: network.gradients)
      #expect(gradient.allSatisfy { $0.isFinite }, "\(slot.name)")
      #expect(gradient.contains { $0 != 0 }, "\(slot.name)")
    }
    let before = network.parameters.array
    sgd(
      network.parameters, gradient: network.gradients,
      momentumBuffer: FloatView(zeros: network.layout.parameterCount), learningRate: 0.01,
      momentum: 0.9, weightDecay: 1e-4)
    #expect(before.indices.contains { network.parameters[$0] != before[$0] })
    #expect(before.indices.allSatisfy { network.parameters[$0].isFinite })
  }
}
