import Tensor
import Testing

import DistTrain

/// Crop and flip against an image that is normalised, padded, cut out and mirrored step by step.
@Suite struct ImagePreprocessorTests {
  private typealias Plane = [[Float]]

  /// (byte/255 − mean)/std of a channel, row by row.
  private func normalized(
    _ image: Int, _ channel: Int, of images: ImageSet, mean: (Int, Int) -> Float, std: Float = 1
  ) -> Plane {
    (0..<images.side).map { row in
      (0..<images.side).map { column in
        let byte = images.byte(image: image, channel: channel, row: row, column: column)
        return (Float(byte) / 255 - mean(row, column)) / std
      }
    }
  }

  /// Pads a plane with four zeros on each side.
  private func padded(_ plane: Plane) -> Plane {
    let row = [Float](repeating: 0, count: plane.count + 8)
    let blank = [row, row, row, row]
    let sides = [Float](repeating: 0, count: 4)
    return blank + plane.map { sides + $0 + sides } + blank
  }

  private func reference(_ plane: Plane, _ sample: Sample) -> Plane {
    let rows = padded(plane)[sample.cropY + 4..<sample.cropY + 4 + plane.count]
    let cut = rows.map { Array($0[sample.cropX + 4..<sample.cropX + 4 + plane.count]) }
    return sample.isFlipped ? cut.map { $0.reversed() } : cut
  }

  /// What the preprocessor writes, once it is seen that the border is zero.
  private func filled(
    _ preprocessor: ImagePreprocessor, _ sample: Sample, of images: ImageSet
  ) -> [Plane] {
    let (side, width) = (images.side, images.side + 2)
    let target = FloatView(zeros: width * width * 3)
    target.fill(with: .nan)
    preprocessor.fill(sample, of: images, into: target)
    for place in 0..<width {
      for channel in 0..<3 {
        for (row, column) in [(0, place), (side + 1, place), (place, 0), (place, side + 1)] {
          #expect(target[(row * width + column) * 3 + channel] == 0)
        }
      }
    }
    return (0..<3).map { channel in
      (1...side).map { row in (1...side).map { target[(row * width + $0) * 3 + channel] } }
    }
  }

  @Test(arguments: [16, 32, 48, 64], [false, true])
  func everyCropIsCutFromTheNormalisedImagePaddedWithZeros(side: Int, isFlipped: Bool) throws {
    let images = ImageSet.random(count: 3, side: side)
    let normalizer = try Normalizer(mode: .pixelMean, images: images, count: 3)
    let means = try #require(normalizer.tensors.first).values
    let preprocessor = ImagePreprocessor(normalizer: normalizer)
    for image in 0..<2 {
      let planes = (0..<3).map { channel in
        normalized(
          image, channel, of: images, mean: { means[(channel * side + $0) * side + $1] })
      }
      // At another side, the corners and what is between them show as much.
      let offsets = side == 32 ? Array(-4...4) : [-4, -1, 0, 3, 4]
      for cropY in offsets {
        for cropX in offsets {
          let sample = Sample(index: image, cropY: cropY, cropX: cropX, isFlipped: isFlipped)
          #expect(
            filled(preprocessor, sample, of: images) == planes.map { reference($0, sample) },
            "image \(image), crop \(cropY), \(cropX)")
        }
      }
    }
  }

  @Test(arguments: [16, 32, 48], [nil, [0.25, 0.2, 0.7]] as [SIMD3<Float>?])
  func channelConstantsAreOneNumberPerChannel(side: Int, std: SIMD3<Float>?) throws {
    let images = ImageSet.random(count: 3, side: side)
    let mean: SIMD3<Float> = [0.4, 0.5, 0.3]
    let constants = try #require(ChannelConstants(mean: mean, std: std))
    let sample = Sample(index: 2, cropY: -3, cropX: 2, isFlipped: true)
    let planes = (0..<3).map { channel in
      normalized(
        2, channel, of: images, mean: { _, _ in mean[channel] }, std: std?[channel] ?? 1)
    }
    let preprocessor = ImagePreprocessor(normalizer: .channels(constants))
    #expect(filled(preprocessor, sample, of: images) == planes.map { reference($0, sample) })
  }

  /// Each image's own means are those of the whole image, whatever is cut from it.
  @Test(arguments: [16, 32, 48]) func imageMeansAreOfTheWholeImage(side: Int) {
    let images = ImageSet.random(count: 3, side: side)
    let preprocessor = ImagePreprocessor(normalizer: .imageMean)
    for image in 0..<3 {
      let sample = Sample(index: image, cropY: 4, cropX: -4)
      for (channel, plane) in filled(preprocessor, sample, of: images).enumerated() {
        let bytes = (0..<side * side).map {
          Double(images.byte(image: image, channel: channel, row: $0 / side, column: $0 % side))
        }
        let mean = Float(bytes.reduce(0, +) / Double(side * side) / 255)
        let expected = reference(
          normalized(image, channel, of: images, mean: { _, _ in mean }), sample)
        let pairs = zip(plane.joined(), expected.joined())
        // The mean may round the other way; single precision has 6e-8 below 1.
        #expect(pairs.allSatisfy { abs($0 - $1) <= 1.2e-7 })
        #expect(pairs.contains { $0.0 != 0 })
      }
    }
  }
}
