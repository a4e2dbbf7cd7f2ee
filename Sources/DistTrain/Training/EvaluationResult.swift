import Foundation

/// How a network does on images that it was not trained on.
public struct EvaluationResult: Equatable, Encodable, Sendable {
  /// The mean cross-entropy.
  public let loss: Double
  /// Wrongly classified images.
  public let errors: Int
  /// Images.
  public let images: Int

  /// The fraction of images that were classified wrongly.
  public var error: Double { Double(errors) / Double(images) }

  /// The result for people.
  public var text: String {
    String(
      format: "test error %.2f %% (%d of %d), loss %.4f", 100 * error, errors, images, loss)
  }

  /// The result for programs: one JSON object in one line.
  ///
  /// - Returns: JSON with sorted keys.
  /// - Throws: `Failure` if the loss is not finite, which JSON has no number for.
  public func jsonText() throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      throw Failure(.internal, "cannot encode the result: \(error)")
    }
  }

  private enum CodingKeys: String, CodingKey {
    case errors, images
    case errorPercent = "error_percent"
    case loss
  }

  /// Encodes the keys `errors`, `images`, `error_percent` and `loss`.
  ///
  /// - Parameter encoder: receives an object.
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(errors, forKey: .errors)
    try container.encode(images, forKey: .images)
    try container.encode(Double(100 * errors) / Double(images), forKey: .errorPercent)
    try container.encode(loss, forKey: .loss)
  }
}
