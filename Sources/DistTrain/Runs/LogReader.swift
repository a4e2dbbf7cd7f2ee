extension Array where Element: LogRow {
  /// Reads a log of a run, finished or not.
  ///
  /// A last line that does not end, since a crash cut it or it is just being written, is passed over.
  ///
  /// - Parameter path: the file.
  /// - Throws: `Failure` of kind missingInput or inputOutput if it cannot be read, or data if it
  ///   begins with other columns or has a row of another form.
  public init(contentsOf path: String) throws(Failure) {
    try self.init(contentsOf: path, remedy: "restore it, or give the folder of another run")
  }

  /// Reads a log.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - remedy: what to do if it is not there or not a log.
  ///   - synchronizedCount: how many rows are known to have reached the disk. A loss of power may
  ///     have left anything of those after them, so there a row of another form ends the log.
  /// - Throws: `Failure` of kind missingInput or inputOutput if it cannot be read, or data if it
  ///   begins with other columns or has a row of another form.
  init(
    contentsOf path: String, remedy: String, synchronizedCount: Int = .max
  ) throws(Failure) {
    self = []
    for fields in try Self.texts(of: path, remedy: remedy) {
      guard let row = Element(fields: fields) else {
        if count >= synchronizedCount { return }
        let text = String(reflecting: String(fields.joined(separator: ",").prefix(80)))
        throw Failure(.data, "\(path) has the row \(text); \(remedy)")
      }
      append(row)
    }
  }

  /// Reads the text of a log's rows, as it is in the file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - remedy: what to do if it is not there or not a log.
  /// - Returns: the fields of each row, whatever they are.
  /// - Throws: `Failure` of kind missingInput or inputOutput if it cannot be read, or data if it
  ///   begins with other columns.
  static func texts(of path: String, remedy: String) throws(Failure) -> [[String]] {
    let bytes = try Files.read(path, remedy: remedy)
    let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let lines = bytes[..<end].split(separator: UInt8(ascii: "\n")).map { line in
      // Editors of other systems end lines with a carriage return as well.
      let content = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      return String(decoding: content, as: UTF8.self).split(
        separator: ",", omittingEmptySubsequences: false
      ).map(String.init)
    }
    guard let first = lines.first, first == Element.columns else {
      let header = Element.columns.joined(separator: ",")
      throw Failure(.data, "\(path) does not begin with \(header); \(remedy)")
    }
    return Array<[String]>(lines.dropFirst())
  }
}
