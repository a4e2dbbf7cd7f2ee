/// Tells the official images from others: doubled batches, damaged files, another set's records.
enum OfficialData {
  /// ``Dataset/digest()`` of the official CIFAR-10, and ``ImageSet/digest()`` of its test images.
  static let cifar10Digest = "f27715e529e7ca2674e46a54bf84043f539b3dc84752f6a386aa72201964a453"
  static let cifar10TestDigest = "0488d98dd7fae1e6649a72c7458e535edf2e0fd1c1e6079160e643d304d1b25a"

  /// What is to be said of images that are not the official set's.
  ///
  /// CIFAR-10 is known by its digest. For CIFAR-100 none is known here, since it was never at hand
  /// where this was written; it is judged by what its authors say of it, which whole files swapped,
  /// doubled or relabelled break, but damaged pixels do not: of each fine class 500 training and 100
  /// test images, and five fine classes in each of 20 coarse ones.
  ///
  /// - Parameters:
  ///   - name: what the images should be.
  ///   - training: the training images; nil where only the test images were loaded.
  ///   - test: the test images.
  ///   - digest: of the whole data set, or of the test images where only they were loaded.
  /// - Returns: a warning of one line; nil for the official images and for the synthetic set.
  static func warning(
    _ name: Configuration.DatasetName, training: ImageSet?, test: ImageSet, digest: String
  ) -> String? {
    switch name {
    case .synthetic: return nil
    case .cifar10:
      let official = training == nil ? cifar10TestDigest : cifar10Digest
      if digest == official { return nil }
      return warning("CIFAR-10", "their digest is \(digest), not \(official)")
    case .cifar100:
      let sets = [(training, 500), (test, 100)].compactMap { set, count in set.map { ($0, count) } }
      if sets.allSatisfy({ hasOfficialClasses($0.0, ofEach: $0.1) }) { return nil }
      return warning(
        "CIFAR-100", "its classes are of 500 training and 100 test images, 5 in each coarse class")
    }
  }

  private static func warning(_ title: String, _ reason: String) -> String {
    "the images are not the official \(title) (\(reason)); results are not comparable with "
      + "published ones"
  }

  private static func hasOfficialClasses(_ images: ImageSet, ofEach count: Int) -> Bool {
    guard images.coarseLabels.count == images.count else { return false }
    var counts = [Int](repeating: 0, count: 100)
    var coarseOfFine = [Set<UInt8>](repeating: [], count: 100)
    for (fine, coarse) in zip(images.labels, images.coarseLabels) {
      counts[Int(fine)] += 1
      coarseOfFine[Int(fine)].insert(coarse)
    }
    let fineClasses = Dictionary(grouping: coarseOfFine.compactMap(\.first)) { $0 }
    return counts.allSatisfy { $0 == count } && coarseOfFine.allSatisfy { $0.count == 1 }
      && fineClasses.count == 20 && fineClasses.keys.allSatisfy { $0 < 20 }
      && fineClasses.values.allSatisfy { $0.count == 5 }
  }
}
