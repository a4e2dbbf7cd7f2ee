import Foundation

/// A row of a breakdown: what time goes to.
public struct BreakdownRow: Codable, Equatable, Sendable {
  /// A phase or a kernel.
  public let name: String
  /// Milliseconds per step.
  public let milliseconds: Double
  /// The fraction of the step.
  public let share: Double
}

/// The one place where breakdowns are printed.
enum BreakdownTable {
  /// The lines of a table.
  ///
  /// - Parameters:
  ///   - title: what the rows are.
  ///   - rows: the rows, in their order.
  /// - Returns: a header and a line per row.
  static func lines(_ title: String, _ rows: [BreakdownRow]) -> [String] {
    let width = max(title.count, rows.map(\.name.count).max() ?? 0)
    func padded(_ text: String) -> String {
      text + String(repeating: " ", count: width - text.count)
    }
    return ["\(padded(title))        ms   share"]
      + rows.map { row in
        padded(row.name)
          + String(format: "  %8.3f  %5.1f %%", row.milliseconds, 100 * row.share)
      }
  }
}
