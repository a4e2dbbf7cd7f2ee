/// Tells the official images from others: doubled batches, damaged files, another set's records.
package enum OfficialData {
  /// What is to be said of images that are not the official set's.
  ///
  /// A set whose digest is not known is judged by what its authors say of its classes, which whole
  /// files swapped, doubled or relabelled break, but damaged pixels do not.
  ///
  /// - Parameters:
  ///   - description: what the images should be.
  ///   - training: the training images; nil where only the test images were loaded.
  ///   - test: the test images.
  ///   - digest: of the whole data set, or of the test images where only they were loaded.
  /// - Returns: a warning of one line; nil for the official images and for a set without files.
  package static func warning(
    _ description: DatasetDescription, training: ImageSet?, test: ImageSet, digest: String
  ) -> String? {
    guard let batches = description.batches else { return nil }
    switch batches.mark {
    case .digests(let all, let testAlone):
      let official = training == nil ? testAlone : all
      if digest == official { return nil }
      return warning(description.title, "their digest is \(digest), not \(official)")
    case .equalClasses(let coarse):
      let classes = description.classes
      let trainingCount = batches.trainingImages / classes
      let testCount = batches.testFile.records / classes
      let sets = [(training, trainingCount), (test, testCount)].compactMap { set, count in
        set.map { ($0, count) }
      }
      if sets.allSatisfy({ hasEqualClasses($0.0, classes, ofEach: $0.1, coarse: coarse) }) {
        return nil
      }
      return warning(
        description.title,
        "its classes are of \(trainingCount) training and \(testCount) test images, "
          + "\(classes / coarse) in each coarse class")
    }
  }

  private static func warning(_ title: String, _ reason: String) -> String {
    "the images are not the official \(title) (\(reason)); results are not comparable with "
      + "published ones"
  }

  /// Whether every fine class has as many images, and every coarse class as many fine ones.
  private static func hasEqualClasses(
    _ images: ImageSet, _ classes: Int, ofEach count: Int, coarse: Int
  ) -> Bool {
    guard images.coarseLabels.count == images.count else { return false }
    var counts = [Int](repeating: 0, count: classes)
    var coarseOfFine = [Set<UInt8>](repeating: [], count: classes)
    for (fine, coarse) in zip(images.labels, images.coarseLabels) {
      counts[Int(fine)] += 1
      coarseOfFine[Int(fine)].insert(coarse)
    }
    let fineClasses = Dictionary(grouping: coarseOfFine.compactMap(\.first)) { $0 }
    return counts.allSatisfy { $0 == count } && coarseOfFine.allSatisfy { $0.count == 1 }
      && fineClasses.count == coarse && fineClasses.keys.allSatisfy { $0 < coarse }
      && fineClasses.values.allSatisfy { $0.count == classes / coarse }
  }
}
