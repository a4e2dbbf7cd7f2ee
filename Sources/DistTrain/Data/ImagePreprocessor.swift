import Tensor

/// Writes normalised, cropped and flipped images as the stem reads them.
package struct ImagePreprocessor {
  /// What is subtracted; nil where each image has its own means.
  private let means: Means?
  private let divisors: SIMD3<Float>
  /// bytes/255 in single precision.
  private let scaled: FloatView

  /// Constant means.
  private enum Means {
    /// [3][side][side].
    case pixels(FloatView)
    case channels(SIMD3<Float>)
  }

  /// Makes a preprocessor.
  ///
  /// - Parameter normalizer: what is subtracted and divided by.
  package init(normalizer: Normalizer) {
    switch normalizer {
    case .imageMean: means = nil
    case .pixelMean(let pixels): means = .pixels(FloatView(pixels.values))
    case .channels(let constants): means = .channels(constants.mean)
    }
    if case .channels(let constants) = normalizer, let std = constants.std {
      divisors = std
    } else {
      divisors = SIMD3(repeating: 1)
    }
    scaled = FloatView((0..<256).map { Float($0) / 255 })
  }

  /// Writes one image.
  ///
  /// Each value is (byte/255 − mean)/std, rounded after each operation; pixels beyond the image's
  /// edge are zero.
  ///
  /// - Parameters:
  ///   - sample: the image's index, crop and flip.
  ///   - images: where it is.
  ///   - target: [side+2][side+2][3], overwritten as a whole.
  package func fill(_ sample: Sample, of images: ImageSet, into target: FloatView) {
    let side = images.side
    precondition(
      target.count == (side + 2) * (side + 2) * 3, "\(target.count) elements for side \(side)")
    target.fill(with: 0)
    var pixelMeans: FloatView?
    let channelMeans: SIMD3<Float>
    switch means {
    case nil: channelMeans = imageMeans(sample, images)
    case .channels(let constants): channelMeans = constants
    case .pixels(let view):
      precondition(view.count == images.imageBytes, "\(view.count) means for side \(side)")
      pixelMeans = view
      channelMeans = SIMD3()
    }
    images.pixels.withUnsafeBufferPointer { pixels in
      for channel in 0..<3 {
        let start = sample.index * images.imageBytes + channel * images.planeBytes
        fillPlane(
          UnsafeBufferPointer(rebasing: pixels[start..<start + images.planeBytes]),
          side: side, channel: channel, sample: sample, channelMean: channelMeans[channel],
          pixelMeans: pixelMeans, target: target.base)
      }
    }
  }

  private func fillPlane(
    _ plane: UnsafeBufferPointer<UInt8>, side: Int, channel: Int, sample: Sample,
    channelMean: Float, pixelMeans: FloatView?, target: UnsafeMutablePointer<Float>
  ) {
    let rows = max(0, -sample.cropY)..<min(side, side - sample.cropY)
    let columns = max(0, -sample.cropX)..<min(side, side - sample.cropX)
    let divisor = divisors[channel]
    let means = pixelMeans.map { $0.base + channel * side * side }
    for row in rows {
      var place = (row + sample.cropY) * side + columns.lowerBound + sample.cropX
      // Columns are counted after the crop; a flip reverses them.
      let first = sample.isFlipped ? side - 1 - columns.lowerBound : columns.lowerBound
      let step = sample.isFlipped ? -3 : 3
      var to = target + ((row + 1) * (side + 2) + first + 1) * 3 + channel
      for _ in columns {
        let mean = means?[place] ?? channelMean
        to.pointee = (scaled.base[Int(plane[place])] - mean) / divisor
        to += step
        place &+= 1
      }
    }
  }

  /// The image's own channel means, exact sums divided once.
  private func imageMeans(_ sample: Sample, _ images: ImageSet) -> SIMD3<Float> {
    let plane = images.planeBytes
    var means = SIMD3<Float>()
    for channel in 0..<3 {
      let start = sample.index * images.imageBytes + channel * plane
      let sum = images.pixels.withUnsafeBufferPointer {
        $0[start..<start + plane].reduce(0) { $0 &+ Int($1) }
      }
      means[channel] = Float(Double(sum) / Double(255 * plane))
    }
    return means
  }
}
