import DistTrain

/// A small table drawn as a figure.
public struct TableFigure: Sendable {
  private static let size = 13.0
  private static let rowHeight = 30.0
  private static let space = 34.0
  private static let margin = 24.0
  private static let widest = 460.0

  /// What stands above it; nil for nothing.
  public let title: String?
  /// The names of the columns.
  public let columns: [String]
  /// The cells of each row, one for each column.
  public let rows: [[String]]

  /// Makes a table.
  ///
  /// - Parameters:
  ///   - title: what stands above it; drawn as it is.
  ///   - columns: the names of the columns, one at least.
  ///   - rows: the cells of each row, one for each column; drawn as they are.
  public init(title: String? = nil, columns: [String], rows: [[String]]) {
    precondition(!columns.isEmpty, "a table of no column")
    for row in rows {
      precondition(row.count == columns.count, "\(row.count) cells in \(columns.count) columns")
    }
    self.title = title
    self.columns = columns
    self.rows = rows
  }

  /// Draws the table with gnuplot.
  ///
  /// The first column is set to the left, the others to the right.
  ///
  /// - Parameter path: the file, whose name ends in `.svg` or `.png`; of twice the pixels as PNG.
  /// - Throws: `Failure` of kind usage for another name, environment where gnuplot is missing,
  ///   internal if it fails, or inputOutput.
  public func write(to path: String) throws(Failure) {
    _ = try PictureFormat(of: path)
    try drawing().write(to: path)
  }

  private func fitted(_ cell: String) -> String {
    Text.fitted(cell.printable, width: Self.widest, size: Self.size)
  }

  private func drawing() -> Drawing {
    let columnWidths = columns.indices.map { column in
      ([columns[column]] + rows.map { $0[column] }).map {
        Text.width(fitted($0), size: Self.size)
      }.max() ?? 0
    }
    let titleWidth = title.map { Text.width(fitted($0), size: 15) } ?? 0
    let content = columnWidths.reduce(-Self.space) { $0 + $1 + Self.space }
    let width = (max(content, titleWidth) + 2 * Self.margin).rounded(.up)
    let top = title == nil ? 10.0 : 48.0
    let height = top + Double(rows.count + 1) * Self.rowHeight + 14
    var drawing = Drawing(width: width, height: height)
    if let title {
      drawing.addText(
        fitted(title), x: width / 2, y: 26, size: 15, color: "#111111", .center)
    }
    let stretch = (width - 2 * Self.margin - content) / Double(max(columns.count - 1, 1))
    for (line, row) in ([columns] + rows).enumerated() {
      let y = top + (Double(line) + 0.5) * Self.rowHeight
      var edge = Self.margin
      for (column, cell) in row.enumerated() {
        let isFirst = column == 0
        drawing.addText(
          fitted(cell), x: isFirst ? edge : edge + columnWidths[column], y: y, size: Self.size,
          color: line == 0 ? "#111111" : "#333333", isFirst ? .left : .right)
        edge += columnWidths[column] + Self.space + stretch
      }
    }
    addRules(to: &drawing, top: top)
    for command in [
      "unset border", "unset tics", "unset key", "set xrange [0:1]", "set yrange [0:1]",
      "plot -1 notitle",
    ] { drawing.add(command) }
    return drawing
  }

  /// Lines above the header, below it and below the last row, and thin ones between rows.
  private func addRules(to drawing: inout Drawing, top: Double) {
    for line in 0...rows.count + 1 {
      let y = top + Double(line) * Self.rowHeight
      let isBold = [0, 1, rows.count + 1].contains(line)
      drawing.addLine(
        from: (Self.margin - 8, y), to: (drawing.width - Self.margin + 8, y),
        width: isBold ? 1.1 : 0.5, color: isBold ? "#555555" : "#dddddd")
    }
  }
}
