import Foundation
import Testing

import DistTrain

/// A short training on the synthetic set.
struct ShortRun {
  let folder = TemporaryFolder()
  let run: CommandRun

  static let flags = [
    "train", "--dataset", "synthetic", "--depth", "8", "--iterations", "6", "--log-every", "2",
    "--evaluate-every", "4", "--checkpoint-every", "3",
  ]

  init(_ extra: [String] = [], ranks: Int = 1) throws {
    run = try CommandRun.disttrain(
      Self.flags + ["--run", folder.file("run")] + extra, ranks: ranks)
  }

  static let logs = ["config.json", "train.csv", "evaluation.csv", "hashes.csv"]
  static let files =
    logs + [
      "model.safetensors", "checkpoints/step-00000003.safetensors",
      "checkpoints/step-00000006.safetensors",
    ]

  func file(_ name: String) -> String { folder.file("run/\(name)") }
}

extension EndToEnd {
  @Suite struct SameBytes {
    @Test(arguments: [
      ([], [2, 3, 5, 8]),
      (["--shortcut", "C", "--bn-group", "64", "--augment", "crop", "--evaluate-every", "0"], [3]),
      (
        [
          "--global-batch", "60", "--micro-shards", "12", "--bn-group", "20", "--stem", "bare",
          "--network", "plain", "--train-images", "45000",
        ], [5]
      ),
    ])
    func anyNumberOfRanksGivesTheBytesOfOne(flags: [String], ranks: [Int]) throws {
      let one = try ShortRun(flags)
      try #require(one.run.status == 0, "\(one.run.errors)")
      #expect(one.run.lastLine.hasPrefix("weights sha256 "))
      for count in ranks {
        let many = try ShortRun(flags, ranks: count)
        #expect(many.run.status == 0, "\(many.run.errors)")
        #expect(many.run.lastLine == one.run.lastLine, "\(count) ranks")
        let best = flags.contains("--evaluate-every") ? [] : ["best.safetensors"]
        for file in ShortRun.files + best {
          #expect(difference(many.file(file), one.file(file)) == nil, "\(count) ranks")
        }
      }
    }

    @Test func theHashIsOverTheModelsTensorsInTheOrderOfTheirNames() throws {
      let run = try ShortRun(["--shortcut", "B", "--evaluate-every", "0"])
      let model = try Safetensors(contentsOf: run.file("model.safetensors"))
      let bytes = model.tensors.filter { !$0.name.hasPrefix("normalize.") }
        .sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
        .flatMap {
          $0.values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        }
      try Data(bytes).write(to: URL(fileURLWithPath: run.folder.file("bytes")))
      let sum = try CommandRun(["sha256sum", run.folder.file("bytes")])
      #expect("weights sha256 \(sum.output.prefix(64))" == run.run.lastLine)
      #expect(model.metadata["shortcut"] == "B" && model.metadata["depth"] == "8")
    }
  }
}
