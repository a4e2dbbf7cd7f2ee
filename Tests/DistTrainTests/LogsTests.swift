import Foundation
import Testing

import DistTrain

extension EndToEnd {
  /// What a run's files say of it.
  @Suite struct Logs {
    /// The significant digits of a decimal, without zeros at its ends.
    private func digits(_ text: String) -> String {
      let digits = text.prefix { $0 != "e" && $0 != "E" }.filter(\.isWholeNumber)
      let start = digits.drop { $0 == "0" }
      return String(start.reversed().drop { $0 == "0" }.reversed())
    }

    /// The fewest significant digits that read back to a value, by the C library.
    private func shortest(_ value: Double) -> Int {
      (0..<17).first { Double(String(format: "%.\($0)e", value)) == value }.map { $0 + 1 } ?? 17
    }

    @Test func rowsHaveTheContractsColumnsInShortestDecimals() throws {
      let run = try ShortRun(["--train-images", "45000", "--gamma", "0.3", "--milestones", "1"])
      try #require(run.run.status == 0, "\(run.run.errors)")
      let train = run.file("train.csv")
      #expect(fileText(train).hasPrefix("iteration,epoch,learning_rate,loss,error\n"))
      #expect(csvColumn(train, "iteration") == ["2", "4", "6"])
      #expect(csvColumn(train, "epoch").map { Double($0) } == [2, 4, 6].map { $0 * 128 / 45_000 })
      #expect(csvColumn(train, "learning_rate").map { Double($0) } == [0.03, 0.03, 0.03])
      let evaluation = run.file("evaluation.csv")
      #expect(fileText(evaluation).hasPrefix("iteration,epoch,train_error,test_loss,test_error\n"))
      #expect(csvColumn(evaluation, "iteration") == ["4", "6"])
      let columns = [
        (train, ["epoch", "learning_rate", "loss", "error"]),
        (evaluation, ["epoch", "train_error", "test_loss", "test_error"]),
      ]
      for (file, names) in columns {
        for text in names.flatMap({ csvColumn(file, $0) }) {
          let value = try #require(Double(text))
          #expect(max(digits(text).count, 1) == shortest(value), "\(text)")
        }
      }
      let timing = run.file("timing.csv")
      #expect(fileText(timing).hasPrefix("iteration,ranks,seconds,images_per_second\n"))
      #expect(csvColumn(timing, "ranks") == ["1", "1", "1"])
    }

    /// The last row's training error is over the iterations since the evaluation before.
    @Test func meansAreOverTheIterationsSinceTheLastRow() throws {
      let each = try ShortRun(["--log-every", "1", "--evaluate-every", "0"])
      let pairs = try ShortRun(ranks: 2)
      let losses = csvColumn(each.file("train.csv"), "loss").compactMap { Double($0) }
      let errors = csvColumn(each.file("train.csv"), "error").compactMap { Double($0) }
      #expect(csvColumn(each.file("train.csv"), "iteration") == (1...6).map(String.init))
      try #require(losses.count == 6 && errors.count == 6)
      for (row, text) in csvColumn(pairs.file("train.csv"), "loss").enumerated() {
        #expect(Double(text) == (losses[2 * row] + losses[2 * row + 1]) / 2)
      }
      let trainErrors = csvColumn(pairs.file("evaluation.csv"), "train_error").map { Double($0) }
      let wrong = errors.map { ($0 * 128).rounded() }
      #expect(trainErrors == [wrong[..<4].reduce(0, +) / 512, wrong[4...].reduce(0, +) / 256])
    }

    @Test func imagesThatAreHeldOutAreEvaluatedAndNormaliseNothing() throws {
      let flags = ["--iterations", "1", "--normalize", "channel-mean"]
      let run = try ShortRun(flags + ["--train-images", "45000"], ranks: 2)
      try #require(run.run.status == 0, "\(run.run.errors)")
      let error = try #require(csvColumn(run.file("evaluation.csv"), "test_error").last)
      let wrong = try #require(Double(error)) * 5000
      #expect(abs(wrong - wrong.rounded()) < 1e-9)
      #expect(fileText(run.file("log.txt")).contains("(\(Int(wrong.rounded())) of 5000)"))
      let whole = try ShortRun(flags, ranks: 2)
      #expect(fileText(whole.file("log.txt")).contains(" of 10000)"))

      let model = try Safetensors(contentsOf: run.file("model.safetensors"))
      let mean = try #require(model.tensors.first { $0.name == "normalize.mean" })
      let images = Dataset.synthetic.training
      func redMean(_ count: Int) -> Float {
        var sum = 0
        for image in 0..<count {
          for place in 0..<1024 { sum += Int(images.pixels[image * 3072 + place]) }
        }
        return Float(Double(sum) / 1024 / Double(count) / 255)
      }
      #expect(abs(mean.values[0] - redMean(45_000)) < 1e-7)
      #expect(abs(mean.values[0] - redMean(50_000)) > 1e-6)

      let evaluated = try CommandRun.disttrain(
        ["evaluate", "--weights", run.file("model.safetensors")])
      #expect(evaluated.output.contains(" of 10000)"), "\(evaluated.errors)")
    }
  }
}
