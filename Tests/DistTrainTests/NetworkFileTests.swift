import ResNet
import Testing

import DistTrain

/// Files of weights into a network, and what is wrong with others.
@Suite struct NetworkFileTests {
  private typealias Entry = (name: String, dtype: String, shape: [Int], elementBytes: Int)

  private let network = Network(
    Architecture(depth: 8, shortcut: .B),
    partition: BatchPartition(globalBatch: 1, shards: 1))

  /// The contract's names and shapes of depth 8 with shortcut B, written out by hand.
  private static func entries() -> [Entry] {
    var result: [(String, [Int])] = [("conv1.weight", [16, 3, 3, 3])]
    func addNorm(_ name: String, _ channels: Int) {
      for part in ["weight", "bias", "running_mean", "running_var"] {
        result.append(("\(name).\(part)", [channels]))
      }
    }
    addNorm("bn1", 16)
    for (layer, inputs, outputs) in [(1, 16, 16), (2, 16, 32), (3, 32, 64)] {
      result.append(("layer\(layer).0.conv1.weight", [outputs, inputs, 3, 3]))
      result.append(("layer\(layer).0.conv2.weight", [outputs, outputs, 3, 3]))
      addNorm("layer\(layer).0.bn1", outputs)
      addNorm("layer\(layer).0.bn2", outputs)
      if inputs != outputs {
        result.append(("layer\(layer).0.shortcut.weight", [outputs, inputs, 1, 1]))
        result.append(("layer\(layer).0.shortcut.bias", [outputs]))
      }
    }
    result += [("linear.weight", [10, 64]), ("linear.bias", [10])]
    return result.map { ($0.0, "F32", $0.1, 4) }
  }

  private func load(_ entries: [Entry]) throws {
    let content = try Safetensors(HandmadeSafetensors(zeros: entries).bytes, file: "the file")
    try network.load(content.tensors, file: "the file")
  }

  private func refusal(_ entries: [Entry]) -> String {
    do {
      try load(entries)
    } catch let failure as Failure where failure.kind == .data {
      return failure.message
    } catch { return "\(error)" }
    return "no failure"
  }

  @Test func theContractsTensorsAreExactlyTheNetworks() throws {
    network.parameters.fill(with: 1)
    try load(Self.entries())
    #expect(network.parameters.array.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [("I64", 8), ("F32", 4), ("U8", 1), ("BOOL", 1), ("BF16", 2)])
  func countersOfBatchesAreOfAnyTypeAndPassedOver(dtype: String, elementBytes: Int) throws {
    var entries = Self.entries()
    entries.insert(("bn1.num_batches_tracked", dtype, [], elementBytes), at: 3)
    entries.append(("layer3.0.bn2.num_batches_tracked", dtype, [], elementBytes))
    try load(entries)
  }

  @Test func aMissingTensorIsNamed() {
    for missing in ["conv1.weight", "layer2.0.shortcut.bias", "bn1.running_var", "linear.bias"] {
      let message = refusal(Self.entries().filter { $0.name != missing })
      #expect(message.contains("the file lacks the tensor \(missing)"), "\(message)")
    }
  }

  @Test func anUnknownTensorIsNamed() {
    for unknown in ["layer1.0.shortcut.weight", "layer4.0.conv1.weight", "num_batches_tracked"] {
      let message = refusal(Self.entries() + [(unknown, "F32", [1], 4)])
      #expect(message.contains("the file has the tensor \(unknown)"), "\(message)")
    }
  }

  /// As many elements in another shape are another tensor.
  @Test(arguments: [
    ("linear.weight", [64, 10]), ("bn1.bias", [16, 1]), ("layer2.0.conv1.weight", [32, 16, 9]),
    ("linear.bias", [100]),
  ])
  func aMisshapenTensorIsNamedWithBothShapes(name: String, shape: [Int]) {
    let entries = Self.entries()
    let own = entries.first { $0.name == name }?.shape ?? []
    let message = refusal(
      entries.map { $0.name == name ? ($0.name, $0.dtype, shape, $0.elementBytes) : $0 })
    #expect(message.contains(name) && message.contains("\(shape)"), "\(message)")
    #expect(message.contains("\(own)"), "\(message)")
  }
}
