import Foundation
import Testing

import DistTrain

/// The set that is drawn: a published one as much as CIFAR-10, since results on it are compared.
@Suite struct SyntheticDatasetTests {
  static let digest = "3a6f82c571870ade13d9279926b0e13858891f13e451967cd5cf2db3ae619ba6"

  @Test func itsBytesAreTheSameForEver() {
    #expect(Dataset.synthetic.digest() == Self.digest)
  }

  @Test func itHasTenClassesOfEquallyManyImages() {
    let dataset = Dataset.synthetic
    #expect(dataset.description.classes == 10)
    for (set, count) in [(dataset.training, 5000), (dataset.test, 1000)] {
      let counts = Dictionary(grouping: set.labels) { $0 }.mapValues(\.count)
      #expect(counts == Dictionary(uniqueKeysWithValues: (0..<10).map { (UInt8($0), count) }))
    }
  }

  /// Otherwise a mean would tell what a network is to learn.
  @Test func meanColoursSayNothingAboutTheClass() {
    let set = Dataset.synthetic.training
    func mean(_ image: Int) -> Double {
      set.pixels[image * 3072..<(image + 1) * 3072].reduce(0.0) { $0 + Double($1) } / 3072
    }
    var sums = [Double](repeating: 0, count: 10)
    for image in 0..<10_000 { sums[Int(set.labels[image])] += mean(image) / 1000 }
    // An image's mean has a deviation of about 30, that of 1,000 images one of about 1.
    let spread = (sums.max() ?? .infinity) - (sums.min() ?? 0)
    #expect(spread < 8, "\(sums)")
  }
}

extension EndToEnd {
  @Suite struct Synthetic {
    @Test func theSetIsTheSameWhateverTheSeed() throws {
      for seed in ["1", "2"] {
        let run = try ShortRun(
          ["--iterations", "1", "--global-batch", "32", "--evaluate-every", "0", "--seed", seed])
        let text = fileText(run.file("config.json"))
        #expect(text.contains("\"dataset_sha256\" : \"\(SyntheticDatasetTests.digest)\""))
        #expect(text.contains("\"seed\" : \(seed)"))
      }
    }

    @Test func aSmallNetworkLearnsItAtTwoRanks() throws {
      let run = try ShortRun(
        [
          "--iterations", "200", "--milestones", "130", "--log-every", "100", "--evaluate-every",
          "200",
        ], ranks: 2)
      let error = try #require(csvColumn(run.file("evaluation.csv"), "test_error").last)
      #expect(try #require(Double(error)) < 0.1, "\(run.run.output)\(run.run.errors)")
    }
  }
}
