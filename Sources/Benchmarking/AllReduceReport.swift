import Foundation

/// What `bench allreduce` measured on rank 0.
public struct AllReduceReport: BenchmarkReport, Codable, Equatable, Sendable {
  /// One all-reduce.
  public struct Row: Codable, Equatable, Sendable {
    /// What is reduced.
    public let name: String
    /// How many of it a step does.
    public let perStep: Int
    /// Bytes of the result.
    public let resultBytes: Int
    /// Bytes that this rank sends each time.
    public let sentBytes: Int
    /// Microseconds.
    public let microseconds: Summary

    enum CodingKeys: String, CodingKey {
      case name
      case perStep = "per_step"
      case resultBytes = "result_bytes"
      case sentBytes = "sent_bytes"
      case microseconds
    }
  }

  /// Weighted layers.
  public let depth: Int
  /// Ranks.
  public let ranks: Int
  /// Repetitions of each all-reduce.
  public let rounds: Int
  /// Those of the gradient and of batch norm.
  public let rows: [Row]

  /// The report for people.
  public var text: String {
    let width = max(10, rows.map(\.name.count).max() ?? 0)
    let title = "all-reduce".padding(toLength: width, withPad: " ", startingAt: 0)
    let total = rows.reduce(0) { $0 + Double($1.perStep) * $1.microseconds.median }
    return
      (["depth \(depth), \(ranks) \(ranks == 1 ? "rank" : "ranks"), \(rounds) rounds", ""]
      + ["\(title)  per step  median µs    min µs  result bytes  bytes sent"]
      + rows.map { row in
        row.name + String(repeating: " ", count: width - row.name.count)
          + String(
            format: "  %8d  %9.2f  %8.2f  %12d  %10d", row.perStep, row.microseconds.median,
            row.microseconds.min, row.resultBytes, row.sentBytes)
      } + [String(format: "in all %.1f µs per step", total)]).joined(separator: "\n")
  }
}
