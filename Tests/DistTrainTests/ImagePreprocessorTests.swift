import Tensor
import Testing

@testable import DistTrain

/// Crop and flip against an image that is normalised, padded, cut out and mirrored step by step.
@Suite struct ImagePreprocessorTests {
  private typealias Plane = [[Float]]

  private let images = ImageSet.random(count: 3)

  /// (byte/255 − mean)/std of a channel, row by row.
  private func normalized(
    _ image: Int, _ channel: Int, mean: (Int, Int) -> Float, std: Float
  ) -> Plane {
    (0..<32).map { row in
      (0..<32).map { column in
        let byte = images.byte(image: image, channel: channel, row: row, column: column)
        return (Float(byte) / 255 - mean(row, column)) / std
      }
    }
  }

  /// Pads a plane with four zeros on each side.
  private func padded(_ plane: Plane) -> Plane {
    let blank = [Plane](repeating: [[Float](repeating: 0, count: 40)], count: 4).flatMap { $0 }
    let sides = [Float](repeating: 0, count: 4)
    return blank + plane.map { sides + $0 + sides } + blank
  }

  private func reference(_ plane: Plane, _ sample: Sample) -> Plane {
    let rows = padded(plane)[sample.cropY + 4..<sample.cropY + 36]
    let cut = rows.map { Array($0[sample.cropX + 4..<sample.cropX + 36]) }
    return sample.isFlipped ? cut.map { $0.reversed() } : cut
  }

  /// What the preprocessor writes, once it is seen that the border is zero.
  private func filled(_ preprocessor: ImagePreprocessor, _ sample: Sample) -> [Plane] {
    let target = FloatView(zeros: 34 * 34 * 3)
    target.fill(with: .nan)
    preprocessor.fill(sample, of: images, into: target)
    for place in 0..<34 {
      for channel in 0..<3 {
        for (row, column) in [(0, place), (33, place), (place, 0), (place, 33)] {
          #expect(target[(row * 34 + column) * 3 + channel] == 0)
        }
      }
    }
    return (0..<3).map { channel in
      (1...32).map { row in (1...32).map { target[(row * 34 + $0) * 3 + channel] } }
    }
  }

  @Test(arguments: [false, true])
  func everyCropIsCutFromTheNormalisedImagePaddedWithZeros(isFlipped: Bool) throws {
    let normalizer = try Normalizer(mode: .pixelMean, images: images, count: 3)
    let means = try #require(normalizer.tensors.first).values
    let preprocessor = ImagePreprocessor(normalizer: normalizer)
    for image in 0..<2 {
      let planes = (0..<3).map { channel in
        normalized(
          image, channel, mean: { means[(channel * 32 + $0) * 32 + $1] }, std: 1)
      }
      for cropY in -4...4 {
        for cropX in -4...4 {
          let sample = Sample(index: image, cropY: cropY, cropX: cropX, isFlipped: isFlipped)
          #expect(
            filled(preprocessor, sample) == planes.map { reference($0, sample) },
            "image \(image), crop \(cropY), \(cropX)")
        }
      }
    }
  }

  @Test(arguments: [nil, [0.25, 0.2, 0.7]] as [SIMD3<Float>?])
  func channelConstantsAreOneNumberPerChannel(std: SIMD3<Float>?) throws {
    let mean: SIMD3<Float> = [0.4, 0.5, 0.3]
    let constants = try #require(ChannelConstants(mean: mean, std: std))
    let sample = Sample(index: 2, cropY: -3, cropX: 2, isFlipped: true)
    let planes = (0..<3).map { channel in
      normalized(2, channel, mean: { _, _ in mean[channel] }, std: std?[channel] ?? 1)
    }
    let preprocessor = ImagePreprocessor(normalizer: .channels(constants))
    #expect(filled(preprocessor, sample) == planes.map { reference($0, sample) })
  }

  /// Each image's own means are those of the whole image, whatever is cut from it.
  @Test func imageMeansAreOfTheWholeImage() {
    let preprocessor = ImagePreprocessor(normalizer: .imageMean)
    for image in 0..<3 {
      let sample = Sample(index: image, cropY: 4, cropX: -4)
      for (channel, plane) in filled(preprocessor, sample).enumerated() {
        let bytes = (0..<1024).map {
          Double(images.byte(image: image, channel: channel, row: $0 / 32, column: $0 % 32))
        }
        let mean = Float(bytes.reduce(0, +) / 1024 / 255)
        let expected = reference(
          normalized(image, channel, mean: { _, _ in mean }, std: 1), sample)
        let pairs = zip(plane.joined(), expected.joined())
        // The mean may round the other way; single precision has 6e-8 below 1.
        #expect(pairs.allSatisfy { abs($0 - $1) <= 1.2e-7 })
        #expect(pairs.contains { $0.0 != 0 })
      }
    }
  }
}
