/// The median, least and greatest of some measurements.
public struct Summary: Codable, Equatable, Sendable {
  /// The middle one, or the mean of the two in the middle.
  public let median: Double
  /// The least.
  public let min: Double
  /// The greatest.
  public let max: Double

  /// Summarises measurements.
  ///
  /// - Parameter values: at least one.
  public init(_ values: [Double]) {
    precondition(!values.isEmpty, "no measurements")
    let sorted = values.sorted()
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    min = sorted[0]
    max = sorted[sorted.count - 1]
  }
}
