import Foundation

/// A data set's training and test images.
public struct Dataset: Sendable {
  /// What is known of it beside its images.
  public let description: DatasetDescription
  /// The training images, of which a run may hold some back.
  public let training: ImageSet
  /// The test images.
  public let test: ImageSet

  /// Makes a data set of images of one's own.
  ///
  /// - Parameters:
  ///   - description: what is known of it.
  ///   - training: the training images, as many as described.
  ///   - test: the test images.
  /// - Throws: `Failure` of kind data if images have another side, labels are no classes, there are
  ///   other training images than described, or no test images.
  public init(
    _ description: DatasetDescription, training: ImageSet, test: ImageSet
  ) throws(Failure) {
    func require(_ holds: Bool, _ problem: String, _ remedy: String) throws(Failure) {
      if !holds { throw Failure(.data, "the data set \(description.name) \(problem); \(remedy)") }
    }
    try require(
      training.count == description.trainingImages,
      "has \(training.count) training images where its description has "
        + "\(description.trainingImages)", "make one the other")
    try require(test.count > 0, "has no test images", "give it 1 at least")
    for (name, set) in [("training", training), ("test", test)] {
      try require(
        set.side == description.side,
        "has \(name) images of side \(set.side) where its description has \(description.side)",
        "resize them")
      let label = Int(set.labels.max() ?? 0)
      try require(
        label < description.classes,
        "has the label \(label) in its \(name) images where classes are 0 to "
          + "\(description.classes - 1)", "name all classes")
    }
    self.init(checked: description, training: training, test: test)
  }

  /// Makes a data set that is known to be as described.
  init(checked description: DatasetDescription, training: ImageSet, test: ImageSet) {
    self.description = description
    self.training = training
    self.test = test
  }

  /// The synthetic set, drawn anew each time.
  public static var synthetic: Dataset {
    do throws(Failure) { return try load(.synthetic) } catch { preconditionFailure(error.message) }
  }

  /// Loads a known data set.
  ///
  /// - Parameters:
  ///   - description: which one.
  ///   - folder: where its files are; nil for the folder that its environment variable names, or
  ///     else that of the cache.
  /// - Returns: all its images.
  /// - Throws: `Failure` of kind missingInput, inputOutput, or data; or usage for a set that is not
  ///   a known one.
  public static func load(
    _ description: DatasetDescription, from folder: String? = nil
  ) throws(Failure) -> Dataset {
    try DatasetLoader(description, from: folder, isTestOnly: false).load()
  }

  /// Loads the test images of a known data set alone.
  ///
  /// - Parameters:
  ///   - description: of which data set.
  ///   - folder: where its test file is, as for ``load(_:from:)``; no other file has to be there.
  /// - Returns: the test images.
  /// - Throws: `Failure` of kind missingInput, inputOutput, or data; or usage for a set that is not
  ///   a known one.
  public static func loadTest(
    _ description: DatasetDescription, from folder: String? = nil
  ) throws(Failure) -> ImageSet {
    try DatasetLoader(description, from: folder, isTestOnly: true).loadTest()
  }

  /// SHA-256 over all labels and pixels, training before test.
  public func digest() -> String {
    let hash = SHA256()
    for set in [training, test] { set.update(hash) }
    return hash.hexDigest()
  }
}
