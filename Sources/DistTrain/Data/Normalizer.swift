/// What is subtracted from bytes/255 and what the difference is divided by.
///
/// Constants are single-precision, as files of weights store them, so that training and a later
/// evaluation apply the same bits.
package enum Normalizer: Equatable {
  /// Each image's own channel means.
  case imageMean
  /// The mean of every pixel and channel.
  case pixelMean(PixelMeans)
  /// The mean of every channel and, where there are some, deviations.
  case channels(ChannelConstants)

  /// Computes the constants of a training set, in double precision.
  ///
  /// - Parameters:
  ///   - mode: which constants.
  ///   - images: the training set.
  ///   - count: how many of its images count.
  ///   - given: channel constants that replace the computed ones of channel-mean-std.
  /// - Throws: `Failure` of kind data if a channel has no deviation to divide by.
  package init(
    mode: Configuration.Normalization, images: ImageSet, count: Int,
    given: GivenChannelConstants = .none
  ) throws(Failure) {
    switch mode {
    case .imageMean: self = .imageMean
    case .pixelMean: self = .pixelMean(PixelSums(images, count: count).pixelMeans())
    case .channelMean:
      let sums = PixelSums(images, count: count)
      self = try .channels(ChannelConstants(ofData: sums.channelMeans(), nil))
    case .channelMeanStd:
      let sums = PixelSums(images, count: count)
      self = try .channels(
        ChannelConstants(
          ofData: given.mean ?? sums.channelMeans(), given.std ?? sums.channelDeviations()))
    }
  }

  /// Which constants these are.
  package var mode: Configuration.Normalization {
    switch self {
    case .imageMean: .imageMean
    case .pixelMean: .pixelMean
    case .channels(let constants): constants.std == nil ? .channelMean : .channelMeanStd
    }
  }

  /// The tensors `normalize.mean` and `normalize.std`, as far as there are constants.
  package var tensors: [NamedTensor] {
    switch self {
    case .imageMean: []
    case .pixelMean(let means):
      [
        NamedTensor(
          name: "normalize.mean", shape: [3, means.side, means.side], values: means.values)
      ]
    case .channels(let constants):
      [Self.tensor("normalize.mean", constants.mean)]
        + (constants.std.map { [Self.tensor("normalize.std", $0)] } ?? [])
    }
  }

  private static func tensor(_ name: String, _ channels: SIMD3<Float>) -> NamedTensor {
    NamedTensor(name: name, shape: [3, 1, 1], values: [channels.x, channels.y, channels.z])
  }
}

/// A finite mean for every pixel and channel.
package struct PixelMeans: Equatable {
  /// [3][side][side].
  let values: [Float]
  /// Rows and columns of an image.
  let side: Int

  /// Makes means; nil unless there are 3·side² finite ones.
  package init?(_ values: [Float], side: Int) {
    guard values.count == ImageSet.imageBytes(side: side), values.allSatisfy(\.isFinite) else {
      return nil
    }
    self.values = values
    self.side = side
  }

  /// Means of bytes/255, which are between 0 and 1.
  fileprivate init(ofData values: [Double], side: Int) {
    self.values = values.map { Float($0) }
    self.side = side
  }
}

/// Finite means and, if any, finite deviations above 0, for red, green and blue.
package struct ChannelConstants: Equatable {
  package let mean: SIMD3<Float>
  package let std: SIMD3<Float>?

  /// Makes constants; nil if a mean is not finite, or a deviation not a finite number above 0.
  package init?(mean: SIMD3<Float>, std: SIMD3<Float>?) {
    for channel in 0..<3 {
      guard mean[channel].isFinite else { return nil }
      if let std, !(std[channel] > 0 && std[channel].isFinite) { return nil }
    }
    self.mean = mean
    self.std = std
  }

  /// Constants of a training set, or given instead.
  fileprivate init(ofData mean: SIMD3<Float>, _ std: SIMD3<Float>?) throws(Failure) {
    guard let constants = ChannelConstants(mean: mean, std: std) else {
      throw Failure(
        .data,
        "the training images have a channel of one value, whose deviation is 0; check the data, or "
          + "give --std")
    }
    self = constants
  }
}

/// Exact integer sums of the bytes of a training set.
private struct PixelSums {
  /// Images whose bytes add up to less than 2¹⁶.
  private static let blockImages = 256

  private let images: ImageSet
  private let count: Int
  private let side: Int
  /// [3][side][side].
  private var sums: [Int]

  init(_ images: ImageSet, count: Int) {
    precondition(count <= images.count, "\(count) of \(images.count) images")
    self.images = images
    self.count = count
    side = images.side
    sums = [Int](repeating: 0, count: images.imageBytes)
    for first in stride(from: 0, to: count, by: Self.blockImages) {
      let block = Self.sum(images, first..<min(first + Self.blockImages, count))
      for place in sums.indices { sums[place] += Int(block[place]) }
    }
  }

  /// Sums of a block, in numbers of which many are added at once.
  private static func sum(_ images: ImageSet, _ block: Range<Int>) -> [UInt16] {
    let imageBytes = images.imageBytes
    var sums = [UInt16](repeating: 0, count: imageBytes)
    images.pixels.withUnsafeBufferPointer { pixels in
      sums.withUnsafeMutableBufferPointer { sums in
        for image in block {
          let bytes = UnsafeBufferPointer(
            rebasing: pixels[image * imageBytes..<(image + 1) * imageBytes])
          for place in 0..<imageBytes { sums[place] &+= UInt16(bytes[place]) }
        }
      }
    }
    return sums
  }

  private func squareSum(_ channel: Int) -> Int {
    let plane = images.planeBytes
    return images.pixels.withUnsafeBufferPointer { pixels in
      var sum = 0
      for image in 0..<count {
        let start = image * images.imageBytes + channel * plane
        sum += pixels[start..<start + plane].reduce(0) { $0 &+ Int($1) &* Int($1) }
      }
      return sum
    }
  }

  /// The number of bytes of a channel.
  private var channelCount: Double { Double(side * side * count) }

  private func channelSum(_ channel: Int) -> Int {
    sums[channel * side * side..<(channel + 1) * side * side].reduce(0, +)
  }

  private func channels(_ value: (Int) -> Double) -> SIMD3<Float> {
    SIMD3(Float(value(0)), Float(value(1)), Float(value(2)))
  }

  func pixelMeans() -> PixelMeans {
    PixelMeans(ofData: sums.map { Double($0) / (255 * Double(count)) }, side: side)
  }

  func channelMeans() -> SIMD3<Float> {
    channels { Double(channelSum($0)) / (255 * channelCount) }
  }

  func channelDeviations() -> SIMD3<Float> {
    channels { channel in
      let mean = Double(channelSum(channel)) / channelCount
      return (Double(squareSum(channel)) / channelCount - mean * mean).squareRoot() / 255
    }
  }
}
