import ResNet
import Tensor
import Testing

@Suite struct LayerResponseTests {
  @Test(arguments: NetworkTests.small)
  func deviationsAreThoseOfDoublePrecision(architecture: Architecture) throws {
    let pair = Pair(architecture, partition: BatchPartition(globalBatch: 8, shards: 8))
    var responses = pair.network.emptyResponses
    pair.network.computeLogits(count: 8)
    pair.network.addResponses(count: 8, to: &responses)
    var plain = pair.plain
    _ = plain.logits(pair.images, training: false)
    try #require(responses.count == architecture.depth - 1)
    try #require(plain.responses.count == responses.count)
    for (response, expected) in zip(responses, plain.responses) {
      // Winograd's convolutions are right to some 1e-6 of the largest output, layer by layer.
      #expect(abs(response.deviation - expected) < 2e-5 * expected, "\(response.layer)")
    }
    #expect(responses.first?.layer == "conv1")
    #expect(Set(responses.map(\.layer)).count == responses.count)
  }

  @Test func imagesAddUpPartByPart() {
    let pair = Pair(NetworkTests.small[1], partition: BatchPartition(globalBatch: 8, shards: 8))
    var (whole, parts) = (pair.network.emptyResponses, pair.network.emptyResponses)
    pair.network.computeLogits(count: 8)
    pair.network.addResponses(count: 8, to: &whole)
    for count in [8, 3] {
      pair.network.computeLogits(count: count)
      pair.network.addResponses(count: count, to: &parts)
    }
    for (all, some) in zip(whole, parts) { #expect(some.count == all.count / 8 * 11) }
  }
}
