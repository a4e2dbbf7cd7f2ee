import Testing

@testable import DistTrain

/// Constants of normalisation against sums of doubles, pixel by pixel.
@Suite struct NormalizerTests {
  private let images = ImageSet.random(count: 20)

  /// Values of bytes/255 of a channel over the first images.
  private func channel(_ channel: Int, count: Int) -> [Double] {
    var values: [Double] = []
    for image in 0..<count {
      for row in 0..<32 {
        for column in 0..<32 {
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

  @Test(arguments: [20, 18])
  func pixelMeansAreOverTheTrainingImagesOnly(count: Int) {
    let normalizer = Normalizer(mode: .pixelMean, images: images, count: count)
    #expect(normalizer.mean.count == 3072 && normalizer.std.isEmpty)
    for channel in 0..<3 {
      for row in 0..<32 {
        for column in 0..<32 {
          let exact = mean(
            (0..<count).map {
              Double(images.byte(image: $0, channel: channel, row: row, column: column)) / 255
            })
          #expect(isRounded(normalizer.mean[(channel * 32 + row) * 32 + column], exact))
        }
      }
    }
    #expect(normalizer.tensors.map(\.name) == ["normalize.mean"])
    #expect(normalizer.tensors.map(\.shape) == [[3, 32, 32]])
  }

  @Test(arguments: [20, 18])
  func channelMeansAndDeviationsAreOverTheTrainingImagesOnly(count: Int) {
    let means = Normalizer(mode: .channelMean, images: images, count: count)
    let both = Normalizer(mode: .channelMeanStd, images: images, count: count)
    #expect(means.mean.count == 3 && means.std.isEmpty && means.mean == both.mean)
    #expect(both.std.count == 3)
    for index in 0..<3 {
      let values = channel(index, count: count)
      #expect(isRounded(means.mean[index], mean(values)))
      #expect(isRounded(both.std[index], deviation(values)))
    }
    #expect(means.tensors.map(\.shape) == [[3, 1, 1]])
    #expect(both.tensors.map(\.name) == ["normalize.mean", "normalize.std"])
    #expect(both.tensors.map(\.shape) == [[3, 1, 1], [3, 1, 1]])
  }

  @Test func imageMeansNeedNoConstants() {
    let normalizer = Normalizer(mode: .imageMean, images: images, count: 20)
    #expect(normalizer.mean.isEmpty && normalizer.std.isEmpty && normalizer.tensors.isEmpty)
  }

  @Test func givenMeansOrDeviationsReplaceThoseOfTheData() {
    let own = Normalizer(mode: .channelMeanStd, images: images, count: 20)
    let mean = Normalizer(
      mode: .channelMeanStd, images: images, count: 20, mean: [0.25, 0.5, 0.125])
    #expect(mean.mean == [0.25, 0.5, 0.125] && mean.std == own.std)
    let std = Normalizer(mode: .channelMeanStd, images: images, count: 20, std: [1, 2, 0.5])
    #expect(std.mean == own.mean && std.std == [1, 2, 0.5])
  }
}
