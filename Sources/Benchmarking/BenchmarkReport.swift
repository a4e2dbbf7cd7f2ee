import DistTrain
import Foundation

/// What a benchmark has to say, for people or for programs.
public protocol BenchmarkReport: Encodable {
  /// The report for people.
  var text: String { get }
}

extension BenchmarkReport {
  /// The report for programs: one JSON object.
  ///
  /// - Returns: JSON with sorted keys.
  /// - Throws: `Failure` if a value cannot be encoded.
  public func jsonText() throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      throw Failure(.internal, "cannot encode the report: \(error)")
    }
  }
}
