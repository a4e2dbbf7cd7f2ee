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
