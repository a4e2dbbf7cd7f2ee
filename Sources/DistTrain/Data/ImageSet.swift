/// Labelled images in the order of their records.
public struct ImageSet: Sendable {
  /// Rows and columns of an image.
  public static let side = 32
  /// Bytes of an image: red, green and blue planes, row-major.
  public static let imageBytes = 3 * side * side

  /// The planes of all images, one image after the other.
  let pixels: [UInt8]
  /// The class of each image.
  let labels: [UInt8]
  /// The coarse class of each image, where the data set has them.
  let coarseLabels: [UInt8]

  /// Makes a set.
  ///
  /// - Parameters:
  ///   - pixels: the planes of all images.
  ///   - labels: as many classes.
  ///   - coarseLabels: as many coarse classes, or none.
  init(pixels: [UInt8], labels: [UInt8], coarseLabels: [UInt8] = []) {
    precondition(pixels.count == labels.count * Self.imageBytes, "\(labels.count) images")
    self.pixels = pixels
    self.labels = labels
    self.coarseLabels = coarseLabels
  }

  /// The number of images.
  public var count: Int { labels.count }
  /// The bytes of all images and labels.
  package var byteCount: Int { pixels.count + labels.count }

  /// SHA-256 over all labels, then all pixels.
  func digest() -> String {
    let hash = SHA256()
    update(hash)
    return hash.hexDigest()
  }

  fileprivate func update(_ hash: SHA256) {
    hash.update(labels)
    hash.update(pixels)
  }
}

/// A data set's training and test images.
public struct Dataset: Sendable {
  /// The training images, of which a run may hold some back.
  public let training: ImageSet
  /// The test images.
  public let test: ImageSet
  /// The number of classes.
  public let classes: Int

  /// SHA-256 over all labels and pixels, training before test.
  public func digest() -> String {
    let hash = SHA256()
    for set in [training, test] { set.update(hash) }
    return hash.hexDigest()
  }
}
