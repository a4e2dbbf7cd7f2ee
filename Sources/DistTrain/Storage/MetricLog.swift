import Foundation

/// A CSV file that grows by one row at a time, each written at once.
///
/// Numbers are Swift's descriptions: the shortest decimals that read back to the same value.
final class MetricLog {
  private let path: String
  private let descriptor: CInt

  /// Opens a log, anew or to continue it.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - columns: the names in its first line; the first column is the iteration.
  ///   - iteration: rows past it are dropped; 0 to begin anew.
  /// - Throws: `Failure` of kind inputOutput, or data if the file is another one's.
  init(_ path: String, columns: [String], continuingAfter iteration: Int) throws(Failure) {
    self.path = path
    let header = columns.joined(separator: ",")
    let rows = iteration == 0 ? [] : try Self.rows(of: path, header: header, upTo: iteration)
    let text = ([header] + rows).map { $0 + "\n" }.joined()
    try Files.replace(path, with: Array(text.utf8))
    descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    if descriptor < 0 { throw Failure(.inputOutput, "cannot open \(path): \(Files.reason())") }
  }

  deinit { close(descriptor) }

  /// Appends a row.
  func append(_ values: [String]) throws(Failure) {
    try Files.write(Array((values.joined(separator: ",") + "\n").utf8), to: descriptor, path: path)
  }

  /// The whole rows of a log that are not past an iteration; a row cut by a crash is not whole.
  private static func rows(
    of path: String, header: String, upTo iteration: Int
  ) throws(Failure) -> [String] {
    let bytes = try Files.read(path, remedy: "restore it, or use another --run")
    let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n")
    guard let first = lines.first, first == header else {
      throw Failure(
        .data, "\(path) does not begin with \(header); restore it, or use another --run")
    }
    var rows: [String] = []
    for line in lines.dropFirst() {
      guard let number = line.split(separator: ",").first.flatMap({ Int($0) }) else {
        throw Failure(.data, "\(path) has the row \"\(line)\"; restore it, or use another --run")
      }
      if number <= iteration { rows.append(String(line)) }
    }
    return rows
  }
}
