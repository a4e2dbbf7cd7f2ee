/// What a terminal showed: lines that were drawn one over the other, and what they left.
struct Screen {
  private static let clearsToEnd = "\u{1B}[K"

  /// Everything that was written, with the line ends of a file.
  let bytes: String

  /// Reads what a pseudo-terminal passed on.
  init(_ shown: String) { bytes = shown.replacing("\r\n", with: "\n") }

  private var plain: String { bytes.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") }

  /// The texts that were drawn in place, each without what clears the rest of its line.
  var drawn: [String] {
    plain.split(separator: "\n").flatMap { $0.split(separator: "\r") }.map(String.init)
      .filter { $0.hasSuffix(Self.clearsToEnd) && $0 != Self.clearsToEnd }
      .map { String($0.dropLast(Self.clearsToEnd.count)) }
  }

  /// The rows that are to be read in the end.
  var lines: [String] {
    plain.split(separator: "\n", omittingEmptySubsequences: false).map(Self.row)
      .filter { !$0.isEmpty }
  }

  /// One row, after all that was written to it.
  private static func row(_ line: Substring) -> String {
    var cells: [Character] = []
    for part in line.split(separator: "\r", omittingEmptySubsequences: false) {
      let isCleared = part.hasPrefix(clearsToEnd) || part.hasSuffix(clearsToEnd)
      let text = Array(part.replacing(clearsToEnd, with: ""))
      cells = isCleared ? text : text + cells.dropFirst(text.count)
    }
    return String(cells)
  }
}
