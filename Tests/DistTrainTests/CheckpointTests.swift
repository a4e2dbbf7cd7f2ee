import Foundation
import Testing

import DistTrain

/// Checkpoints whose digest is right, but which no training wrote.
@Suite struct CheckpointTests {
  private static let sound = [
    "iteration": "6", "configuration_sha256": "00ff", "train_loss_sum": "4.5", "train_errors": "64",
    "train_iterations": "2", "evaluation_loss_sum": "0.0", "evaluation_errors": "0",
    "evaluation_iterations": "0",
  ]

  private func read(_ changes: [String: String]) throws -> Checkpoint {
    var content = Safetensors(
      tensors: [NamedTensor(name: "a", shape: [1], values: [1])],
      metadata: Self.sound.merging(changes) { $1 })
    content.metadata["content_sha256"] = SHA256.hexDigest(try content.encoded())
    return try Checkpoint(content, iteration: nil, file: "step")
  }

  @Test func whatATrainingCanHaveIsRead() throws {
    for changes in [
      [:], ["from_iteration": "6"], ["train_iterations": "6"],
      ["iteration": "0", "train_iterations": "0", "train_errors": "0", "train_loss_sum": "0.0"],
    ] {
      let checkpoint = try read(changes)
      #expect(try checkpoint.content().encoded() == (try read(changes).content().encoded()))
    }
  }

  /// Most would make a counter overflow, or leave an iteration that has no samples.
  @Test(arguments: [
    (["iteration": "-6"], "its iteration is -6"),
    (["iteration": "9223372036854775807"], "its iteration is 9223372036854775807"),
    (["from_iteration": "7"], "began after iteration 7"),
    (["from_iteration": "-1"], "began after iteration -1"),
    (["train_errors": "9223372036854775807"], "its train sums"),
    (["train_errors": "-1"], "its train sums"),
    (["train_iterations": "7"], "its train sums"),
    (["evaluation_iterations": "-1"], "its evaluation sums"),
    (["evaluation_iterations": "9223372036854775807"], "its evaluation sums"),
    (["evaluation_errors": "1"], "its evaluation sums"),
    (["train_loss_sum": "nan"], "its train sums"),
    (["train_loss_sum": "inf"], "its train sums"),
    (["train_loss_sum": "-1.0"], "its train sums"),
  ])
  func whatNoTrainingHasIsRefused(changes: [String: String], word: String) {
    let failure = #expect(throws: Failure.self) { try read(changes) }
    #expect(failure?.kind == .data)
    #expect(failure?.message.contains(word) == true, "\(failure as Any)")
  }
}
