import Foundation
import ResNet
import Testing

import DistTrain

@Suite struct ONNXTests {
  private let folder = TemporaryFolder()

  /// Writes random weights of an architecture, with running statistics of their own.
  private func model(_ architecture: Architecture, _ normalizer: Normalizer) throws -> WeightsModel
  {
    let network = Network(architecture, partition: BatchPartition(globalBatch: 1, shards: 1))
    network.initialize(seed: 3, projectionInitialization: .average)
    let tensors = network.namedTensors.map { tensor -> NamedTensor in
      if tensor.shape.count > 1 { return tensor }
      // Norms and biases that are not those of the beginning.
      let values = tensor.values.indices.map { 0.5 + Float(($0 * 7 + tensor.name.count) % 11) / 10 }
      return NamedTensor(name: tensor.name, shape: tensor.shape, values: values)
    }
    let content = Safetensors(
      tensors: tensors + normalizer.tensors,
      metadata: [
        "network": architecture.kind.rawValue, "dataset": "cifar10",
        "normalize": normalizer.mode.rawValue,
      ])
    let path = folder.file("model.safetensors")
    try content.write(to: path)
    var request = EvaluationRequest()
    request.weights = path
    return try WeightsModel(request)
  }

  static let architectures = [
    Architecture(depth: 8), Architecture(depth: 14, shortcut: .B, stem: .bare),
    Architecture(depth: 8, shortcut: .C), Architecture(kind: .plain, depth: 8),
  ]

  @Test(arguments: architectures.indices)
  func theModelComputesTheLogits(index: Int) throws {
    let images = ImageSet.random(count: 2)
    let channels = try #require(
      ChannelConstants(mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3]))
    let pixels = try #require(
      PixelMeans((0..<3072).map { Float($0 % 97) / 97 }, side: 32))
    let normalizers: [Normalizer] = [
      .pixelMean(pixels), .imageMean, .channels(channels), .imageMean,
    ]
    let model = try model(Self.architectures[index], normalizers[index])
    let interpreter = try #require(ONNXInterpreter(model.onnxBytes()))
    let expected = try model.logits(of: images)
    for image in 0..<images.count {
      let pixels = images.pixels[image * 3072..<(image + 1) * 3072].map { Double($0) / 255 }
      let got = try #require(
        interpreter.logits(of: .init(shape: [1, 3, 32, 32], elements: pixels)))
      #expect(got.count == 10)
      let largest = Double(expected[image].map(abs).max() ?? 0)
      for (left, right) in zip(got, expected[image]) {
        #expect(abs(left - Double(right)) <= 1e-5 * largest)
      }
    }
  }

  @Test func inputAndOutputAreTheOnesThatArePromised() throws {
    let model = try model(Self.architectures[0], .imageMean)
    let reader = try #require(ONNXInterpreter(model.onnxBytes()))
    #expect(reader.model.integers(1) == [8])
    #expect(reader.model.messages(8).map { $0.integers(2) } == [[17]])
    for (field, name, shape) in [(11, "images", [3, 32, 32]), (12, "logits", [10])] {
      let value = try #require(reader.graph.messages(field).first)
      #expect(value.strings(1) == [name])
      let tensor = try #require(value.messages(2).first?.messages(1).first)
      #expect(tensor.integers(1) == [1])
      let dimensions = try #require(tensor.messages(2).first).messages(1)
      #expect(dimensions[0].strings(2) == ["N"])
      #expect(dimensions.dropFirst().flatMap { $0.integers(1) } == shape)
    }
    let names = reader.graph.messages(5).flatMap { $0.strings(8) }
    #expect(names.contains("layer1.0.bn1.running_var") && Set(names).count == names.count)
  }
}

extension EndToEnd {
  @Suite struct Export {
    @Test func aModelIsWrittenAtOnceOrNotAtAll() throws {
      let weights = try RandomWeights(["dataset": "cifar10"])
      let path = weights.folder.file("model.onnx")
      func export(_ target: String, _ ranks: Int = 1) throws -> CommandRun {
        try CommandRun.disttrain(
          ["export", "--weights", weights.path, "--onnx", target], ranks: ranks)
      }
      #expect(try export(path).status == 0)
      let bytes = try #require(fileBytes(path))
      #expect(ONNXInterpreter(bytes) != nil)
      #expect(try export(path, 2).status == 0)
      #expect(fileBytes(path) == bytes)
      let before = fileBytes(weights.path)
      let itself = try export(weights.path)
      #expect(itself.status == 64 && itself.ownErrors.count == 1, "\(itself.errors)")
      #expect(fileBytes(weights.path) == before)
      let nowhere = try export(weights.folder.file("none/model.onnx"))
      #expect(nowhere.status == 74 && nowhere.ownErrors.count == 1, "\(nowhere.errors)")
    }

    @Test func whatIsNoFileOfWeightsIsRefused() throws {
      let folder = TemporaryFolder()
      try Data("<!DOCTYPE html>".utf8).write(to: URL(fileURLWithPath: folder.file("page")))
      for (file, code, word) in [("page", 65, "web page"), ("none", 66, "none")] {
        for command in [
          ["export", "--onnx", folder.file("x.onnx")], ["predict", folder.file("page")],
        ] {
          let run = try CommandRun.disttrain(command + ["--weights", folder.file(file)])
          #expect(run.status == Int32(code) && run.ownErrors.count == 1, "\(run.errors)")
          #expect(run.errors.contains(word))
          #expect(!FileManager.default.fileExists(atPath: folder.file("x.onnx")))
        }
      }
    }
  }
}
