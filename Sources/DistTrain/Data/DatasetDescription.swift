/// What is known of a data set before an image of it is there: the one place that tells sets apart.
///
/// A set is known by its name alone: two descriptions of one name are equal, and a file stores the
/// name.
public struct DatasetDescription: RawRepresentable, CaseIterable, Codable, Hashable, Sendable {
  /// Where the images come from.
  package enum Source: Sendable {
    /// Files of records.
    case binaryBatches(BinaryBatches)
    /// ``SyntheticDataset`` draws them.
    case drawn
    /// A program's own images.
    case given(trainingImages: Int)
  }

  /// The word of `--dataset`.
  public let name: String
  /// The name, as people write it.
  public let title: String
  /// The names of the classes, in the order of their labels.
  public let classNames: [String]
  /// Rows and columns of an image.
  public let side: Int
  /// Where the images come from.
  package let source: Source
  /// How many of the last training images may be held out; nil where any number may be.
  let heldOutImages: Int?

  /// Describes a known set.
  init(
    name: String, title: String, classNames: [String], side: Int, source: Source,
    heldOutImages: Int?
  ) {
    self.name = name
    self.title = title
    self.classNames = classNames
    self.side = side
    self.source = source
    self.heldOutImages = heldOutImages
  }

  /// Describes images of one's own, which come in a ``Dataset``.
  ///
  /// - Parameters:
  ///   - name: a word that no known set has.
  ///   - title: the name, as people write it.
  ///   - classNames: the names of the classes, in the order of their labels.
  ///   - side: rows and columns of an image, a multiple of 16, as the network needs.
  ///   - trainingImages: how many training images there are.
  /// - Throws: `Failure` of kind data that names what cannot be.
  public init(
    name: String, title: String, classNames: [String], side: Int, trainingImages: Int
  ) throws(Failure) {
    func require(_ holds: Bool, _ problem: String, _ remedy: String) throws(Failure) {
      if !holds { throw Failure(.data, "the data set \(name) \(problem); \(remedy)") }
    }
    try require(
      !name.isEmpty && Self(rawValue: name) == nil, "has no name of its own",
      "give one that is none of \(Self.allCases.map(\.name).joined(separator: ", "))")
    try require(
      (1...256).contains(classNames.count), "has \(classNames.count) classes", "give 1 to 256")
    try require(
      side > 0 && side % 16 == 0, "has images of side \(side), which is not a multiple of 16",
      "resize them")
    try require(
      trainingImages > 0, "has \(trainingImages) training images", "give it 1 at least")
    self.init(
      name: name, title: title, classNames: classNames, side: side,
      source: .given(trainingImages: trainingImages), heldOutImages: nil)
  }

  /// Finds a known set.
  ///
  /// - Parameter rawValue: its name.
  public init?(rawValue: String) {
    guard let known = Self.allCases.first(where: { $0.name == rawValue }) else { return nil }
    self = known
  }

  /// The name.
  public var rawValue: String { name }
  /// The number of classes.
  public var classes: Int { classNames.count }

  /// The files; nil for a set that has none.
  package var batches: BinaryBatches? {
    if case .binaryBatches(let batches) = source { batches } else { nil }
  }

  /// How many training images there are.
  public var trainingImages: Int {
    switch source {
    case .binaryBatches(let batches): batches.trainingImages
    case .drawn: SyntheticDataset.trainingImages
    case .given(let trainingImages): trainingImages
    }
  }

  /// How many test images there are; nil for images of one's own.
  package var testImages: Int? {
    switch source {
    case .binaryBatches(let batches): batches.testFile.records
    case .drawn: SyntheticDataset.testImages
    case .given: nil
    }
  }

  /// What speaks against training on so many of the first images, and holding out the others.
  ///
  /// - Parameter count: a number of training images.
  /// - Returns: what the number is; nil if a run may do so.
  package func objection(toTrainingOn count: Int) -> String? {
    guard let heldOutImages else {
      return (1...trainingImages).contains(count) ? nil : "not between 1 and \(trainingImages)"
    }
    let fewer = trainingImages - heldOutImages
    return [trainingImages, fewer].contains(count) ? nil : "neither \(trainingImages) nor \(fewer)"
  }

  /// Bytes of all images and labels in memory, or of the test images and theirs alone.
  package func byteCount(testOnly: Bool) -> Int {
    // Images of one's own are there already.
    guard let testImages else { return 0 }
    let labelBytes = batches?.labelBytes ?? 1
    return (testImages + (testOnly ? 0 : trainingImages))
      * (ImageSet.imageBytes(side: side) + labelBytes)
  }
}
