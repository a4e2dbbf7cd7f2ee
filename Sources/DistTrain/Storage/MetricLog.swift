import Foundation

/// The iterations after which a log has a row: every so many, and the last of the run's schedule.
struct LogSchedule: Equatable {
  /// Iterations between rows; 0 for no rows.
  let every: Int
  /// The last iteration of the run.
  let last: Int

  /// Whether a row follows an iteration.
  func isDue(_ iteration: Int) -> Bool {
    every > 0 && iteration > 0 && (iteration % every == 0 || iteration == last)
  }

  /// The iterations with a row, as far as an iteration.
  func iterations(through iteration: Int) -> [Int] {
    if every == 0 || iteration == 0 { return [] }
    let whole = Array(stride(from: every, through: iteration, by: every))
    return iteration == last && whole.last != last ? whole + [last] : whole
  }
}

/// A CSV file that grows by one row at a time, each written at once.
///
/// Numbers are Swift's descriptions: the shortest decimals that read back to the same value.
final class MetricLog {
  private static let remedy =
    "restore it, remove the checkpoints after its last row to go on from there, or use another --run"

  private let path: String
  private let columns: [String]
  private var descriptor: CInt = -1
  /// The fields of the rows that were there already.
  let rows: [[String]]

  /// Reads a log that is to be continued; ``open()`` is called before anything else.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - columns: the names in its first line; the first column is the iteration.
  ///   - schedule: which rows belong in it.
  ///   - iteration: rows past it are dropped, and all up to it must be there; 0 to begin anew.
  /// - Throws: `Failure` of kind missingInput or inputOutput if it cannot be read, or data if the
  ///   file is another one's or lacks rows.
  init(
    _ path: String, columns: [String], schedule: LogSchedule, continuingAfter iteration: Int
  ) throws(Failure) {
    self.path = path
    self.columns = columns
    rows = iteration == 0 ? [] : try Self.rows(of: path, columns: columns, upTo: iteration)
    try Self.check(rows, schedule.iterations(through: iteration), path)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Makes the file one of the header and the rows that are kept, and opens it for more.
  ///
  /// - Throws: `Failure` of kind inputOutput.
  func open() throws(Failure) {
    let lines = [columns] + rows
    let text = lines.map { $0.joined(separator: ",") + "\n" }.joined()
    try Files.replace(path, with: Array(text.utf8))
    descriptor = Foundation.open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    if descriptor < 0 { throw Failure(.inputOutput, "cannot open \(path): \(Files.reason())") }
  }

  /// Appends a row.
  func append(_ values: [String]) throws(Failure) {
    try Files.write(Array((values.joined(separator: ",") + "\n").utf8), to: descriptor, path: path)
  }

  /// Waits until all rows are on the disk.
  func synchronize() throws(Failure) { try Files.synchronize(descriptor, path: path) }

  /// The whole rows of a log that are not past an iteration; a row cut by a crash is not whole.
  private static func rows(
    of path: String, columns: [String], upTo iteration: Int
  ) throws(Failure) -> [[String]] {
    let bytes = try Files.read(path, remedy: remedy)
    let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let lines = bytes[..<end].split(separator: UInt8(ascii: "\n")).map { line in
      // Editors of other systems end lines with a carriage return as well.
      let content = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      return String(decoding: content, as: UTF8.self).split(
        separator: ",", omittingEmptySubsequences: false
      ).map(String.init)
    }
    guard let first = lines.first, first == columns else {
      let header = columns.joined(separator: ",")
      throw Failure(.data, "\(path) does not begin with \(header); \(remedy)")
    }
    var rows: [[String]] = []
    for row in lines.dropFirst() {
      guard row.count == columns.count, let number = Int(row[0]) else {
        let text = String(reflecting: String(row.joined(separator: ",").prefix(80)))
        throw Failure(.data, "\(path) has the row \(text); \(remedy)")
      }
      if number <= iteration { rows.append(row) }
    }
    return rows
  }

  /// Checks that no row is missing, doubled or out of place.
  private static func check(
    _ rows: [[String]], _ iterations: [Int], _ path: String
  ) throws(Failure) {
    for (index, iteration) in iterations.enumerated() {
      let found = index < rows.count ? rows[index][0] : nil
      if found == String(iteration) { continue }
      let text = found.map { "has the row of iteration \($0) in place of" } ?? "lacks"
      throw Failure(
        .data, "\(path) \(text) that of iteration \(iteration), before the checkpoint; \(remedy)")
    }
    if rows.count > iterations.count {
      throw Failure(
        .data,
        "\(path) has a row of iteration \(rows[iterations.count][0]) that does not belong there; "
          + remedy)
    }
  }
}
