import Foundation

/// What the files of a data set hold, and whether they are the official ones.
public struct DataCheck: Encodable, Sendable {
  /// The images of one half of the set.
  public struct Part: Encodable, Sendable {
    /// How many.
    public let images: Int
    /// How many of each class.
    public let classes: [Int]

    init(_ set: ImageSet, classes: Int) {
      images = set.count
      var counts = [Int](repeating: 0, count: classes)
      for label in set.labels { counts[Int(label)] += 1 }
      self.classes = counts
    }
  }

  /// The name of the data set.
  public let dataset: String
  /// The folder that was read.
  public let folder: String
  /// Whether the images are the official ones.
  public let official: Bool
  /// The training images.
  public let training: Part
  /// The test images.
  public let test: Part
  /// Means of the training images' red, green and blue, in units of bytes/255.
  public let mean: [Double]
  /// Their deviations.
  public let std: [Double]
  /// SHA-256 over labels, then pixels, of the training images, then of the test images.
  public let digest: String

  /// What is to be said where the images are not official.
  public let warning: String?
  private let title: String

  private enum CodingKeys: String, CodingKey {
    case dataset, folder, official, training, test, mean, std
    case digest = "sha256"
  }

  /// Reads all files.
  ///
  /// - Parameters:
  ///   - description: the data set.
  ///   - folder: where its files are; nil for where `train` looks.
  /// - Throws: `Failure` of kind usage for a set without files, missingInput, inputOutput, or data.
  public init(_ description: DatasetDescription, from folder: String?) throws(Failure) {
    let batches = try description.requireBatches()
    let folder =
      folder ?? batches.defaultFolder(environment: ProcessInfo.processInfo.environment)
    let images: Dataset
    do throws(Failure) {
      images = try Dataset.load(description, from: folder)
    } catch  where error.kind == .data {
      throw Failure(.data, "this is not the official \(description.title): \(error.message)")
    }
    dataset = description.name
    title = description.title
    self.folder = folder
    training = Part(images.training, classes: description.classes)
    test = Part(images.test, classes: description.classes)
    digest = images.digest()
    warning = OfficialData.warning(
      description, training: images.training, test: images.test, digest: digest)
    official = warning == nil
    let channels = (0..<3).map { ChannelMoments(images.training, channel: $0) }
    mean = channels.map(\.mean)
    std = channels.map(\.std)
  }

  /// The result for people.
  public var text: String {
    func channels(_ values: [Double]) -> String {
      values.map { String(format: "%.5f", $0) }.joined(separator: " ")
    }
    return """
      \(title) in \(folder): \(official ? "the official images" : "not the official \(title)")
      \(Self.line("training", training))
      \(Self.line("test", test))
      means \(channels(mean)), deviations \(channels(std))
      sha256 \(digest)
      """
  }

  private static func line(_ name: String, _ part: Part) -> String {
    let (least, most) = (part.classes.min() ?? 0, part.classes.max() ?? 0)
    let each = least == most ? "\(least)" : "\(least) to \(most)"
    return "\(part.images) \(name) images, \(each) in each of \(part.classes.count) classes"
  }

  /// The result for programs: one JSON object in one line, with sorted keys.
  ///
  /// - Returns: JSON.
  /// - Throws: `Failure` of kind internal.
  public func jsonText() throws(Failure) -> String { try sortedJSON() }
}

/// Mean and deviation of a channel, from exact sums over its bytes.
private struct ChannelMoments {
  let mean: Double
  let std: Double

  init(_ images: ImageSet, channel: Int) {
    // How often each byte comes.
    var counts = [Int](repeating: 0, count: 256)
    images.pixels.withUnsafeBufferPointer { pixels in
      for image in 0..<images.count {
        let start = image * images.imageBytes + channel * images.planeBytes
        for byte in pixels[start..<start + images.planeBytes] { counts[Int(byte)] += 1 }
      }
    }
    let count = Double(images.count * images.planeBytes)
    let sum = counts.enumerated().reduce(0) { $0 + $1.offset * $1.element }
    let squares = counts.enumerated().reduce(0) { $0 + $1.offset * $1.offset * $1.element }
    let byteMean = Double(sum) / count
    mean = byteMean / 255
    std = (Double(squares) / count - byteMean * byteMean).squareRoot() / 255
  }
}

extension DatasetDescription {
  /// The files of the set.
  ///
  /// - Throws: `Failure` of kind usage for a set without files.
  func requireBatches() throws(Failure) -> BinaryBatches {
    if let batches { return batches }
    let others = Self.allCases.filter { $0.batches != nil }.map(\.name).joined(separator: " or ")
    throw Failure(.usage, "--dataset \(name) has no files; give \(others)")
  }
}
