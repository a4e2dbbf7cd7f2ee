import DistTrain

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
  public func jsonText() throws(Failure) -> String { try sortedJSON(isPretty: true) }
}
