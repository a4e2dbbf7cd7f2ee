/// What some images lost: cross-entropies and classification errors.
public struct Metrics: Equatable, Sendable {
  /// The sum of cross-entropies, in nats.
  public var lossSum: Double
  /// How many images were classified wrongly.
  public var errors: Int
  /// How many images there were.
  public var images: Int

  /// Makes metrics.
  ///
  /// - Parameters:
  ///   - lossSum: the sum of cross-entropies, in nats.
  ///   - errors: how many images were classified wrongly.
  ///   - images: how many images there were.
  public init(lossSum: Double = 0, errors: Int = 0, images: Int = 0) {
    self.lossSum = lossSum
    self.errors = errors
    self.images = images
  }

  /// The mean cross-entropy.
  public var loss: Double { lossSum / Double(images) }
  /// The fraction of images that were classified wrongly.
  public var error: Double { Double(errors) / Double(images) }

  /// Adds an image.
  mutating func add(loss: Double, isWrong: Bool) {
    lossSum += loss
    if isWrong { errors += 1 }
    images += 1
  }
}
