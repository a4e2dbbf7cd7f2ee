import Testing

import DistTrain

/// Which image is trained on when, and how it is cropped and flipped.
@Suite struct SampleStreamTests {
  private func stream(
    images: Int, batch: Int = 16, _ give: (inout PartialConfiguration) -> Void = { _ in }
  ) throws -> SampleStream {
    let configuration = try Configuration(.paper) {
      $0.globalBatch = batch
      $0.microShards = 1
      give(&$0)
    }
    return SampleStream(images: images, configuration: configuration)
  }

  private func samples(
    _ stream: SampleStream, _ iteration: Int, _ places: Range<Int> = 0..<16
  ) -> [Sample] {
    var result: [Sample] = []
    var seen: [Int] = []
    stream.forEachSample(iteration: iteration, places: places) { place, sample in
      seen.append(place)
      result.append(sample)
    }
    #expect(seen == Array(places))
    return result
  }

  /// 25 minibatches of 16 are 8 epochs of 50; the fourth has two images of the first epoch.
  @Test func everyEpochIsAPermutationThoughMinibatchesSpanTwo() throws {
    let stream = try stream(images: 50)
    let order = (0..<25).flatMap { samples(stream, $0).map(\.index) }
    let epochs = stride(from: 0, to: 400, by: 50).map { Array(order[$0..<$0 + 50]) }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<50)) }
    #expect(Set(epochs).count == 8)
    #expect(epochs[0] != Array(0..<50))
  }

  @Test func aSampleDependsNeitherOnTheRankNorOnWhatWasAskedBefore() throws {
    let whole = try stream(images: 50)
    let minibatches = (0..<25).map { samples(whole, $0) }
    // Another stream, asked backwards and for parts, of which one spans two epochs.
    let parts = try stream(images: 50)
    for iteration in (0..<25).reversed() {
      for places in [5..<16, 0..<1, 1..<5] {
        #expect(samples(parts, iteration, places) == Array(minibatches[iteration][places]))
      }
    }
  }

  @Test func anotherSeedGivesAnotherOrderAndOtherCrops() throws {
    let one = samples(try stream(images: 1000, batch: 1000), 0, 0..<1000)
    let same = samples(try stream(images: 1000, batch: 1000) { $0.seed = 1 }, 0, 0..<1000)
    let other = samples(try stream(images: 1000, batch: 1000) { $0.seed = 2 }, 0, 0..<1000)
    #expect(one == same)
    #expect(one.map(\.index) != other.map(\.index))
    func byImage(_ samples: [Sample]) -> [Sample] { samples.sorted { $0.index < $1.index } }
    // Of 162 ways to crop and flip, two seeds agree on about 6 of 1,000 images.
    let equal = zip(byImage(one), byImage(other)).count { $0 == $1 }
    #expect(equal < 30)
  }

  /// Otherwise an image would look the same in every epoch.
  @Test func anImageIsCroppedAnewInEveryEpoch() throws {
    let stream = try stream(images: 1000, batch: 1000)
    func byImage(_ epoch: Int) -> [Sample] {
      samples(stream, epoch, 0..<1000).sorted { $0.index < $1.index }
    }
    let equal = zip(byImage(0), byImage(1)).count { $0 == $1 }
    #expect(equal < 30)
  }

  @Test func cropsAreUniformOver81OffsetsAndHalfAreFlipped() throws {
    let count = 40_500
    let all = samples(try stream(images: count, batch: count), 0, 0..<count)
    var cells = [Int](repeating: 0, count: 162)
    for sample in all {
      #expect((-4...4).contains(sample.cropY) && (-4...4).contains(sample.cropX))
      let offset = (sample.cropY + 4) * 9 + sample.cropX + 4
      cells[2 * offset + (sample.isFlipped ? 1 : 0)] += 1
    }
    // χ² of 161 degrees of freedom has the mean 161 and the deviation 18; expected 250 per cell.
    let chiSquare = cells.reduce(0.0) { $0 + (Double($1) - 250) * (Double($1) - 250) / 250 }
    #expect(chiSquare > 161 - 5 * 18 && chiSquare < 161 + 5 * 18, "\(chiSquare)")
    // The deviation of a half of 40,500 is 101.
    let flipped = all.count(where: \.isFlipped)
    #expect(abs(flipped - count / 2) < 5 * 101, "\(flipped)")
  }

  @Test func everyImageIsFirstOfAnEpochEquallyOften() throws {
    let stream = try stream(images: 10, batch: 10)
    var counts = [Int](repeating: 0, count: 10)
    for epoch in 0..<5000 { counts[samples(stream, epoch, 0..<1)[0].index] += 1 }
    // χ² of 9 degrees of freedom is above 33.7 in one of 10,000 cases.
    let chiSquare = counts.reduce(0.0) { $0 + (Double($1) - 500) * (Double($1) - 500) / 500 }
    #expect(chiSquare < 33.7, "\(counts)")
  }

  @Test func sequentialOrderIsThatOfTheRecordsInEveryEpoch() throws {
    let stream = try stream(images: 50) { $0.order = .sequential }
    let order = (0..<25).flatMap { samples(stream, $0).map(\.index) }
    #expect(order == (0..<400).map { $0 % 50 })
  }

  @Test func cropAloneNeverFlipsAndNoneLeavesImagesAsTheyAre() throws {
    let cropped = samples(
      try stream(images: 1000, batch: 1000) { $0.augmentation = .crop }, 0, 0..<1000)
    #expect(cropped.allSatisfy { !$0.isFlipped })
    #expect(Set(cropped.map { [$0.cropY, $0.cropX] }).count == 81)
    let none = Configuration.Augmentation.none
    let plain = samples(
      try stream(images: 1000, batch: 1000) { $0.augmentation = none }, 0, 0..<1000)
    #expect(plain == plain.map { Sample(index: $0.index) })
  }
}
