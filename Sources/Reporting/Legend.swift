import DistTrain

/// The names of a panel's curves, in rows below it, where they hide nothing.
struct Legend {
  /// Curves beyond so many are counted, not named.
  static let limit = 12
  static let rowHeight = 18.0
  private static let size = 11.5
  private static let sample = 22.0
  private static let gap = 7.0
  private static let space = 20.0

  private struct Entry {
    let text: String
    /// Nil for a remark.
    let color: CurveColor?
    var width: Double {
      Text.width(text, size: Legend.size) + (color == nil ? 0 : Legend.sample + Legend.gap)
    }
  }

  private let rows: [[Entry]]

  /// Lays out a legend.
  ///
  /// - Parameters:
  ///   - curves: the panel's.
  ///   - width: pixels.
  init(_ curves: [Curve], width: Double) {
    let room = width - Self.sample - Self.gap
    var entries = curves.prefix(Self.limit).map { curve in
      let runs = curve.runs.count == 1 ? "" : " (\(curve.runs.count) runs)"
      let label = curve.label.printable
      let limit = room - Text.width(runs, size: Self.size)
      return Entry(
        text: Text.fitted(label, width: limit, size: Self.size) + runs, color: curve.color)
    }
    if curves.count > Self.limit {
      entries.append(Entry(text: "and \(curves.count - Self.limit) more", color: nil))
    }
    var rows: [[Entry]] = []
    var used = Double.infinity
    for entry in entries {
      if used + Self.space + entry.width > width {
        rows.append([])
        used = -Self.space
      }
      rows[rows.count - 1].append(entry)
      used += Self.space + entry.width
    }
    self.rows = rows
  }

  /// Pixels.
  var height: Double { Double(rows.count) * Self.rowHeight }

  /// Draws the legend.
  ///
  /// - Parameters:
  ///   - drawing: receives it.
  ///   - center: where its rows are centred.
  ///   - top: its upper edge.
  func draw(in drawing: inout Drawing, center: Double, top: Double) {
    for (index, row) in rows.enumerated() {
      let y = top + (Double(index) + 0.5) * Self.rowHeight
      var x = center - (row.reduce(-Self.space) { $0 + $1.width + Self.space }) / 2
      for entry in row {
        var textX = x
        if let color = entry.color {
          drawing.addLine(
            from: (x, y), to: (x + Self.sample, y), width: 2.4, color: color.strong)
          textX += Self.sample + Self.gap
        }
        drawing.addText(
          entry.text, x: textX, y: y, size: Self.size,
          color: entry.color == nil ? "#777777" : "#333333")
        x += entry.width + Self.space
      }
    }
  }
}
