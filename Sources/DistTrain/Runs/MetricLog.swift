import Foundation

/// The iterations after which a log has a row: every so many, and the last of the run's schedule.
package struct LogSchedule: Equatable {
  /// Iterations between rows; 0 for no rows.
  let every: Int
  /// The last iteration of the run.
  let last: Int

  /// Makes a schedule.
  package init(every: Int, last: Int) {
    self.every = every
    self.last = last
  }

  /// Whether a row follows an iteration.
  package func isDue(_ iteration: Int) -> Bool {
    every > 0 && iteration > 0 && (iteration % every == 0 || iteration == last)
  }

  /// How many rows follow the iterations after one and as far as another.
  package func count(after begin: Int, through end: Int) -> Int {
    if every == 0 || end <= begin { return 0 }
    return end / every - begin / every + (end == last && end % every != 0 ? 1 : 0)
  }

  /// The iterations with a row, as far as an iteration.
  package func iterations(through iteration: Int) -> [Int] {
    if every == 0 || iteration == 0 { return [] }
    let whole = Array(stride(from: every, through: iteration, by: every))
    return iteration == last && whole.last != last ? whole + [last] : whole
  }
}

/// A CSV file that grows by one row at a time, each written at once.
package final class MetricLog<Row: LogRow> {
  private let path: String
  private var descriptor: CInt = -1
  /// The rows that were there already.
  package let rows: [Row]

  /// Reads a log that is to be continued; ``open()`` is called before anything else.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - schedule: which rows belong in it.
  ///   - begin: the completed iterations with which the run began, which have no rows.
  ///   - iteration: rows past it are dropped, and all up to it must be there; 0 to begin anew.
  /// - Throws: `Failure` of kind missingInput or inputOutput if it cannot be read, or data if the
  ///   file is another one's or lacks rows.
  package init(
    _ path: String, schedule: LogSchedule, beganAfter begin: Int = 0, continuingAfter iteration: Int
  ) throws(Failure) {
    self.path = path
    let iterations = schedule.iterations(through: iteration).filter { $0 > begin }
    let all =
      iteration == 0
      ? [] : try [Row](contentsOf: path, remedy: Self.remedy, synchronizedCount: iterations.count)
    rows = all.filter { $0.iteration <= iteration }
    try check(iterations)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static var remedy: String {
    "restore it, remove the checkpoints after its last row to go on from there, or use another --run"
  }

  /// Checks that no row is missing, doubled or out of place.
  private func check(_ iterations: [Int]) throws(Failure) {
    for (index, iteration) in iterations.enumerated() {
      let found = index < rows.count ? rows[index].iteration : nil
      if found == iteration { continue }
      let text = found.map { "has the row of iteration \($0) in place of" } ?? "lacks"
      throw Failure(
        .data,
        "\(path) \(text) that of iteration \(iteration), before the checkpoint; \(Self.remedy)")
    }
    if rows.count > iterations.count {
      throw Failure(
        .data,
        "\(path) has a row of iteration \(rows[iterations.count].iteration) that does not belong "
          + "there; \(Self.remedy)")
    }
  }

  /// Makes the file one of the header and the rows that are kept, and opens it for more.
  ///
  /// - Throws: `Failure` of kind inputOutput.
  package func open() throws(Failure) {
    let text = Self.line(Row.columns) + rows.map { Self.line($0.fields) }.joined()
    try Files.replace(path, with: Array(text.utf8))
    descriptor = Foundation.open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    if descriptor < 0 { throw Failure(.inputOutput, "cannot open \(path): \(Files.reason())") }
  }

  private static func line(_ fields: [String]) -> String { fields.joined(separator: ",") + "\n" }

  /// Appends a row.
  package func append(_ row: Row) throws(Failure) {
    try Files.write(Array(Self.line(row.fields).utf8), to: descriptor, path: path)
  }

  /// Waits until all rows are on the disk.
  func synchronize() throws(Failure) { try Files.synchronize(descriptor, path: path) }
}
