/// Labelled square images of three channels.
public struct ImageSet: Sendable {
  /// The planes of all images, one image after the other: [images][3][side][side], red, green and
  /// blue, row-major.
  public let pixels: Bytes
  /// The class of each image.
  public let labels: [UInt8]
  /// Rows and columns of an image.
  public let side: Int
  /// The coarse class of each image, where the data set has them.
  let coarseLabels: [UInt8]

  /// Makes a set of images of one's own.
  ///
  /// - Parameters:
  ///   - pixels: the planes of all images, [images][3][side][side], red, green and blue, row-major.
  ///   - labels: the class of each image, counted from 0.
  ///   - side: rows and columns of an image.
  /// - Throws: `Failure` of kind data if there are not 3·side² bytes for every label.
  public init(pixels: [UInt8], labels: [UInt8], side: Int) throws(Failure) {
    guard Self.sides.contains(side) else {
      throw Failure(
        .data,
        "\(side) rows and columns of an image are not between \(Self.sides.lowerBound) and "
          + "\(Self.sides.upperBound); give the side of the images")
    }
    guard pixels.count == labels.count * Self.imageBytes(side: side) else {
      throw Failure(
        .data,
        "\(labels.count) images of 3·\(side)·\(side) bytes have "
          + "\(labels.count * Self.imageBytes(side: side)) bytes, but there are \(pixels.count); "
          + "give as many labels as images, and the red, green and blue plane of each")
    }
    self.init(pixels: Bytes(pixels), labels: labels, coarseLabels: [], side: side)
  }

  /// Makes a set that is known to be whole.
  ///
  /// - Parameters:
  ///   - pixels: the planes of all images.
  ///   - labels: as many classes.
  ///   - coarseLabels: as many coarse classes, or none.
  ///   - side: rows and columns of an image.
  package init(pixels: Bytes, labels: [UInt8], coarseLabels: [UInt8], side: Int) {
    precondition(
      pixels.count == labels.count * Self.imageBytes(side: side),
      "\(pixels.count) bytes for \(labels.count) images of side \(side)")
    self.pixels = pixels
    self.labels = labels
    self.coarseLabels = coarseLabels
    self.side = side
  }

  /// Rows and columns that an image can have.
  private static let sides = 1...10_000

  /// Bytes of an image of a side: red, green and blue planes.
  package static func imageBytes(side: Int) -> Int { 3 * side * side }

  /// The number of images.
  public var count: Int { labels.count }
  /// Bytes of a plane: one channel of an image.
  var planeBytes: Int { side * side }
  /// Bytes of an image.
  package var imageBytes: Int { Self.imageBytes(side: side) }
  /// The bytes of all images and labels.
  package var byteCount: Int { pixels.count + labels.count }

  /// SHA-256 over all labels, then all pixels.
  package func digest() -> String {
    let hash = SHA256()
    update(hash)
    return hash.hexDigest()
  }

  /// Adds all labels, then all pixels, to a digest.
  package func update(_ hash: SHA256) {
    hash.update(labels)
    hash.update(pixels)
  }
}
