import Foundation
import Testing

import DistTrain

extension EndToEnd {
  @Suite struct Evaluate {
    /// The run that all of these tests evaluate.
    private static let shared = Result {
      try ShortRun(["--iterations", "2", "--normalize", "channel-mean"], ranks: 2)
    }

    private let run: ShortRun

    init() throws { run = try Self.shared.get() }

    private func evaluate(_ flags: [String], ranks: Int = 2) throws -> CommandRun {
      try CommandRun.disttrain(
        ["evaluate", "--weights", run.file("model.safetensors")] + flags, ranks: ranks)
    }

    @Test func itGivesTheLastRowOfTheRunAtAnyNumberOfRanks() throws {
      let error = try #require(csvColumn(run.file("evaluation.csv"), "test_error").last)
      let loss = try #require(csvColumn(run.file("evaluation.csv"), "test_loss").last)
      let one = try evaluate(["--json"], ranks: 1)
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(one.output.utf8)) as? [String: Any])
      #expect(Set(object.keys) == ["errors", "images", "error_percent", "loss"])
      #expect(object["images"] as? Int == 10_000)
      let errors = try #require(object["errors"] as? Int)
      #expect(Double(errors) / 10_000 == Double(error))
      #expect(object["error_percent"] as? Double == Double(errors) / 100)
      #expect((object["loss"] as? Double) == Double(loss))
      // 10,000 images are 250 blocks, which 3 ranks share as 84, 83 and 83.
      let three = try evaluate(["--json"], ranks: 3)
      #expect(three.output == one.output)
      let text = try evaluate([])
      let percent = String(format: "%.2f", Double(errors) / 100)
      #expect(text.output.hasPrefix("test error \(percent) % (\(errors) of 10000), loss "))
      #expect(text.output.split(separator: "\n").count == 1)
    }

    /// Such files have PyTorch's names and nothing else.
    @Test func aFileWithoutMetadataTakesItsNetworkFromTensorsAndItsNormalisationFromFlags() throws {
      let own = try evaluate(["--json"])
      let model = try Safetensors(contentsOf: run.file("model.safetensors"))
      let elsewhere = run.folder.file("elsewhere.safetensors")
      let tensors = model.tensors.filter { !$0.name.hasPrefix("normalize.") }
      let bytes = try Safetensors(tensors: tensors).encoded()
      try Data(bytes).write(to: URL(fileURLWithPath: elsewhere))
      let arguments = ["evaluate", "--weights", elsewhere, "--dataset", "synthetic", "--json"]
      let silent = try CommandRun.disttrain(arguments, ranks: 2)
      #expect(silent.status == 64, "\(silent.errors)")
      #expect(silent.ownErrors.count == 1 && silent.errors.contains("--normalize"))
      let told = try CommandRun.disttrain(arguments + ["--normalize", "channel-mean"])
      #expect(told.output == own.output, "\(told.errors)")
      // The tensors of a plain network are those of A, so the flag alone tells them apart.
      let plain = try CommandRun.disttrain(
        arguments + ["--normalize", "channel-mean", "--network", "plain"])
      #expect(plain.status == 0 && plain.output != own.output)
    }

    @Test func flagsWinOverTheFile() throws {
      let own = try evaluate(["--json"])
      let other = try evaluate(["--json", "--normalize", "image-mean"])
      #expect(other.status == 0 && other.output != own.output)
    }
  }
}
