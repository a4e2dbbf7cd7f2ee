import Tensor

/// What is subtracted from bytes/255 and what the difference is divided by.
///
/// Constants are single-precision, as files of weights store them, so that training and a later
/// evaluation apply the same bits.
struct Normalizer: Equatable {
  let mode: Configuration.Normalization
  /// [3][32][32], or [3], or empty where each image has its own.
  let mean: [Float]
  /// Divisors per channel, [3], or empty.
  let std: [Float]

  /// Makes a normaliser from stored constants.
  init(mode: Configuration.Normalization, mean: [Float], std: [Float]) {
    self.mode = mode
    self.mean = mean
    self.std = std
  }

  /// Computes the constants of a training set, in double precision.
  ///
  /// - Parameters:
  ///   - mode: which constants.
  ///   - images: the training set.
  ///   - count: how many of its images count.
  ///   - mean: channel means that replace the computed ones.
  ///   - std: channel deviations that replace the computed ones.
  init(
    mode: Configuration.Normalization, images: ImageSet, count: Int, mean: [Double]? = nil,
    std: [Double]? = nil
  ) {
    self.mode = mode
    let sums = PixelSums(images, count: count)
    switch mode {
    case .imageMean:
      self.mean = []
      self.std = []
    case .pixelMean:
      self.mean = sums.pixelMeans().map { Float($0) }
      self.std = []
    case .channelMean:
      self.mean = sums.channelMeans().map { Float($0) }
      self.std = []
    case .channelMeanStd:
      self.mean = (mean ?? sums.channelMeans()).map { Float($0) }
      self.std = (std ?? sums.channelDeviations()).map { Float($0) }
    }
  }

  /// The tensors `normalize.mean` and `normalize.std`, as far as there are constants.
  var tensors: [NamedTensor] {
    var result: [NamedTensor] = []
    if !mean.isEmpty {
      let shape = mean.count == 3 ? [3, 1, 1] : [3, ImageSet.side, ImageSet.side]
      result.append(NamedTensor(name: "normalize.mean", shape: shape, values: mean))
    }
    if !std.isEmpty {
      result.append(NamedTensor(name: "normalize.std", shape: [3, 1, 1], values: std))
    }
    return result
  }
}

/// Exact integer sums of the bytes of a training set.
private struct PixelSums {
  private let count: Int
  private var sums = [Int](repeating: 0, count: ImageSet.imageBytes)
  private var channelSquares = [Int](repeating: 0, count: 3)

  init(_ images: ImageSet, count: Int) {
    precondition(count <= images.count, "\(count) of \(images.count) images")
    self.count = count
    for image in 0..<count {
      for place in 0..<ImageSet.imageBytes {
        let byte = Int(images.pixels[image * ImageSet.imageBytes + place])
        sums[place] += byte
        channelSquares[place >> 10] += byte * byte
      }
    }
  }

  private func channelSum(_ channel: Int) -> Int {
    sums[channel << 10..<(channel + 1) << 10].reduce(0, +)
  }

  func pixelMeans() -> [Double] { sums.map { Double($0) / (255 * Double(count)) } }

  func channelMeans() -> [Double] {
    (0..<3).map { Double(channelSum($0)) / (255 * 1024 * Double(count)) }
  }

  func channelDeviations() -> [Double] {
    let values = 1024 * Double(count)
    return (0..<3).map { channel in
      let mean = Double(channelSum(channel)) / values
      return (Double(channelSquares[channel]) / values - mean * mean).squareRoot() / 255
    }
  }
}
