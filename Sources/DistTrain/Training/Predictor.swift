import ResNet

/// Gives the logits of images, computed with a network's running statistics by this rank alone.
struct Predictor {
  private let network: Network
  private let preprocessor: ImagePreprocessor

  /// Makes a predictor.
  ///
  /// - Parameters:
  ///   - network: its input images are overwritten.
  ///   - preprocessor: writes normalised images.
  init(_ network: Network, preprocessor: ImagePreprocessor) {
    self.network = network
    self.preprocessor = preprocessor
  }

  /// Computes logits.
  ///
  /// - Parameter images: of the network's side.
  /// - Returns: [images][classes].
  /// - Throws: `Failure` of kind data for images of another side.
  func logits(of images: ImageSet) throws(Failure) -> [[Float]] {
    let side = network.architecture.imageSide
    if images.side != side {
      throw Failure(
        .data, "images of side \(images.side) where the network takes \(side); resize them")
    }
    var logits: [[Float]] = []
    let room = network.partition.localSamples
    for start in stride(from: 0, to: images.count, by: room) {
      let part = start..<min(start + room, images.count)
      for (place, index) in part.enumerated() {
        preprocessor.fill(Sample(index: index), of: images, into: network.images[place])
      }
      network.computeLogits(count: part.count)
      logits += part.indices.map { network.logits($0 - start) }
    }
    return logits
  }
}
