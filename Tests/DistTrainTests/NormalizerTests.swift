import Testing

import DistTrain

/// Constants of normalisation against sums of doubles, pixel by pixel.
@Suite struct NormalizerTests {
  private let images = ImageSet.random(count: 20)

  /// Values of bytes/255 of a channel over the first images.
  private func channel(_ channel: Int, of images: ImageSet, count: Int) -> [Double] {
    var values: [Double] = []
    for image in 0..<count {
      for row in 0..<images.side {
        for column in 0..<images.side {
          let byte = images.byte(image: image, channel: channel, row: row, column: column)
          values.append(Double(byte) / 255)
        }
      }
    }
    return values
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func deviation(_ values: [Double]) -> Double {
    let center = mean(values)
    return mean(values.map { ($0 - center) * ($0 - center) }).squareRoot()
  }

  /// Half a unit in the last place of single precision, and the doubles' own error.
  private func isRounded(_ value: Float, _ exact: Double) -> Bool {
    abs(Double(value) - exact) <= 0x1.001p-24 * abs(exact)
  }

  /// The values of the tensor `normalize.mean` or `normalize.std`.
  private func values(_ part: String, _ normalizer: Normalizer) -> [Float] {
    normalizer.tensors.first { $0.name == "normalize.\(part)" }?.values ?? []
  }

  @Test(arguments: [(32, 20), (32, 18), (16, 18), (48, 20)])
  func pixelMeansAreOverTheTrainingImagesOnly(side: Int, count: Int) throws {
    let images = ImageSet.random(count: 20, side: side)
    let normalizer = try Normalizer(mode: .pixelMean, images: images, count: count)
    let means = values("mean", normalizer)
    try #require(means.count == 3 * side * side)
    for channel in 0..<3 {
      for row in 0..<side {
        for column in 0..<side {
          let exact = mean(
            (0..<count).map {
              Double(images.byte(image: $0, channel: channel, row: row, column: column)) / 255
            })
          #expect(isRounded(means[(channel * side + row) * side + column], exact))
        }
      }
    }
    #expect(normalizer.tensors.map(\.name) == ["normalize.mean"])
    #expect(normalizer.tensors.map(\.shape) == [[3, side, side]])
  }

  @Test(arguments: [(32, 20), (32, 18), (16, 18), (48, 20)])
  func channelMeansAndDeviationsAreOverTheTrainingImagesOnly(side: Int, count: Int) throws {
    let images = ImageSet.random(count: 20, side: side)
    let means = try Normalizer(mode: .channelMean, images: images, count: count)
    let both = try Normalizer(mode: .channelMeanStd, images: images, count: count)
    #expect(values("mean", means) == values("mean", both))
    try #require(values("mean", means).count == 3 && values("std", both).count == 3)
    for index in 0..<3 {
      let pixels = channel(index, of: images, count: count)
      #expect(isRounded(values("mean", means)[index], mean(pixels)))
      #expect(isRounded(values("std", both)[index], deviation(pixels)))
    }
    #expect(means.tensors.map(\.shape) == [[3, 1, 1]])
    #expect(both.tensors.map(\.name) == ["normalize.mean", "normalize.std"])
    #expect(both.tensors.map(\.shape) == [[3, 1, 1], [3, 1, 1]])
  }

  @Test func imageMeansNeedNoConstants() throws {
    let normalizer = try Normalizer(mode: .imageMean, images: images, count: 20)
    #expect(normalizer == .imageMean && normalizer.tensors.isEmpty)
  }

  private func channelMeanStd(_ mean: [Double]?, _ std: [Double]?) throws -> Normalizer {
    try Normalizer(
      mode: .channelMeanStd, images: images, count: 20,
      given: GivenChannelConstants(flags: mean, std))
  }

  @Test func givenMeansOrDeviationsReplaceThoseOfTheData() throws {
    let own = try channelMeanStd(nil, nil)
    let mean = try channelMeanStd([0.25, 0.5, 0.125], nil)
    #expect(values("mean", mean) == [0.25, 0.5, 0.125])
    #expect(values("std", mean) == values("std", own))
    let std = try channelMeanStd(nil, [1, 0.25, 0.5])
    #expect(values("mean", std) == values("mean", own) && values("std", std) == [1, 0.25, 0.5])
  }

  /// Black images have no deviation to divide by.
  @Test func imagesOfOneValueHaveNoDeviations() throws {
    let black = try ImageSet(pixels: [UInt8](repeating: 0, count: 3072), labels: [0], side: 32)
    let failure = #expect(throws: Failure.self) {
      try Normalizer(mode: .channelMeanStd, images: black, count: 1)
    }
    #expect(failure?.kind == .data && failure?.message.contains("--std") == true)
    #expect(throws: Never.self) { try Normalizer(mode: .channelMean, images: black, count: 1) }
  }

  @Test func constantsThatCannotBeAreNone() {
    let mean: SIMD3<Float> = [0.5, 0.5, 0.5]
    #expect(ChannelConstants(mean: mean, std: nil) != nil)
    #expect(ChannelConstants(mean: mean, std: [1, 2, 1e-30]) != nil)
    for wrong in [0, -1, .nan, .infinity] as [Float] {
      #expect(ChannelConstants(mean: mean, std: [1, 1, wrong]) == nil)
    }
    for wrong in [.nan, -.infinity] as [Float] {
      #expect(ChannelConstants(mean: [wrong, 0, 0], std: nil) == nil)
      var means = [Float](repeating: 0.5, count: 3072)
      means[3071] = wrong
      #expect(PixelMeans(means, side: 32) == nil)
    }
    for count in [0, 3, 3071, 3073] {
      #expect(PixelMeans([Float](repeating: 0.5, count: count), side: 32) == nil)
    }
    #expect(PixelMeans([Float](repeating: 0.5, count: 3072), side: 32) != nil)
  }
}

/// What `--mean` and `--std` may say.
@Suite struct GivenChannelConstantsTests {
  @Test(
    arguments: [
      ([0, 1, 0.5], [1, 1e-9, 0.5]), (nil, [0.2, 0.2, 0.2]), ([0.4914, 0.4822, 0.4465], nil),
      (nil, nil),
    ] as [([Double]?, [Double]?)])
  func numbersInUnitsOfBytesOf255AreTaken(mean: [Double]?, std: [Double]?) throws {
    let given = try GivenChannelConstants(flags: mean, std)
    let vectors = [given.mean, given.std].map { vector in
      vector.map { [$0.x, $0.y, $0.z] }
    }
    #expect(vectors == [mean, std].map { $0.map { $0.map { Float($0) } } })
  }

  @Test(
    arguments: [
      ("--mean", [125.3, 123.0, 113.9], nil), ("--mean", [0.5], nil), ("--mean", [], nil),
      ("--mean", [1, 2, 3, 4], nil), ("--mean", [0.5, -0.1, 0.5], nil),
      ("--mean", [0.5, 0.5, .nan], nil), ("--mean", [0.5, 0.5, .infinity], nil),
      ("--std", nil, [63.0, 62.1, 66.7]), ("--std", nil, [0.5]), ("--std", nil, [0, 0, 0]),
      ("--std", nil, [1, 1, 1.01]), ("--std", nil, [0.2, 0.2, -0.2]), ("--std", nil, [1, 1, .nan]),
      ("--std", [0.5, 0.5, 0.5], [0.2, 0.2, 1e-60]),
    ] as [(String, [Double]?, [Double]?)])
  func othersAreRefusedWithTheUnit(flag: String, mean: [Double]?, std: [Double]?) throws {
    let failure = #expect(throws: Failure.self) { try GivenChannelConstants(flags: mean, std) }
    #expect(failure?.kind == .usage)
    let numbers = (flag == "--mean" ? mean : std) ?? []
    for word in ["\(flag) \(numbers.map { "\($0)" }.joined(separator: ",")) ", "bytes/255"] {
      #expect(failure?.message.contains(word) == true, "\(failure as Any)")
    }
  }
}
