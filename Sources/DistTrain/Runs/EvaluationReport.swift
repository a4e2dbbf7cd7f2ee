import Foundation
import ResNet

/// How a network does on images that it was not trained on, in words and for programs.
public struct EvaluationReport: Equatable, Encodable, Sendable {
  /// What the images lost.
  public let metrics: Metrics

  /// Makes a report.
  ///
  /// - Parameter metrics: what the images lost.
  public init(_ metrics: Metrics) { self.metrics = metrics }

  /// The result for people.
  public var text: String {
    String(
      format: "test error %.2f %% (%d of %d), loss %.4f", 100 * metrics.error, metrics.errors,
      metrics.images,
      metrics.loss)
  }

  /// The result for programs: one JSON object in one line.
  ///
  /// - Returns: JSON with sorted keys.
  /// - Throws: `Failure` if the loss is not finite, which JSON has no number for.
  public func jsonText() throws(Failure) -> String { try sortedJSON() }

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
    try container.encode(metrics.errors, forKey: .errors)
    try container.encode(metrics.images, forKey: .images)
    try container.encode(
      Double(100 * metrics.errors) / Double(metrics.images), forKey: .errorPercent)
    try container.encode(metrics.loss, forKey: .loss)
  }
}
