import DistTrain
import Foundation

/// Where the parts of a figure are, in pixels.
struct FigureLayout {
  private static let left = 58.0
  private static let right = 20.0
  private static let between = 62.0
  private static let plotHeight = 320.0
  private static let captionSize = 10.0
  private static let captionHeight = 15.0
  private static let mostAbsences = 4

  private let figure: Figure
  private let range: ErrorRange
  private let panelWidth: Double
  private let width: Double
  private let top: Double
  private let legends: [Legend]
  private let caption: [String]

  /// Lays out a figure.
  init(_ figure: Figure) {
    self.figure = figure
    range = ErrorRange(figure.panels.flatMap(\.curves))
    let count = Double(figure.panels.count)
    panelWidth = figure.panels.count == 1 ? 640 : 400
    width = Self.left + count * panelWidth + (count - 1) * Self.between + Self.right
    let hasPanelTitles = figure.panels.contains { $0.title != nil }
    top = (figure.title == nil ? 14 : 46) + (hasPanelTitles ? 26 : 0)
    let panelWidth = panelWidth
    legends = figure.panels.map { Legend($0.curves, width: panelWidth) }
    caption = Text.lines(
      Self.caption(figure, range), width: width - 24, size: Self.captionSize)
  }

  private var bottom: Double { top + Self.plotHeight }
  private var legendTop: Double { bottom + 52 }
  private var captionTop: Double { legendTop + (legends.map(\.height).max() ?? 0) + 10 }
  private var height: Double {
    captionTop + Double(caption.count) * Self.captionHeight + 8
  }

  private func left(ofPanel index: Int) -> Double {
    Self.left + Double(index) * (panelWidth + Self.between)
  }

  /// What the lines mean.
  private static func caption(_ figure: Figure, _ range: ErrorRange) -> [String] {
    let curves = figure.panels.flatMap(\.curves)
    let isHeldOut = curves.allSatisfy { $0.runs.allSatisfy(\.configuration.holdsOut) }
    var parts = ["Bold: \(isHeldOut ? "held-out" : "test") error. Pale: training error."]
    if curves.allSatisfy(\.test.isEmpty) { parts = ["Pale: training error; no evaluation yet."] }
    if curves.contains(where: { !$0.drops.isEmpty }) {
      parts.append("Dashed: the learning rate drops.")
    }
    if curves.contains(where: { $0.runs.count > 1 }) {
      parts.append(
        "Of several runs: their mean, and a band from the least to the greatest test error.")
    }
    if range.isWidened {
      parts.append("The axis goes beyond 30 %, as most test errors do.")
    }
    parts += absences(curves, range)
    return parts
  }

  /// Which bold lines end above the axis, so that nobody looks for them in vain.
  private static func absences(_ curves: [Curve], _ range: ErrorRange) -> [String] {
    let ends = curves.compactMap { curve -> String? in
      guard let end = curve.test.last?.mean, end > range.end else { return nil }
      return "\(curve.label.printable), \(String(format: "%.2f", end)) %"
    }
    if ends.isEmpty { return [] }
    if ends.count > mostAbsences { return ["\(ends.count) bold lines end above the axis."] }
    return ["Bold lines that end above the axis: \(ends.joined(separator: "; "))."]
  }

  /// The whole figure.
  func drawing() -> Drawing {
    var drawing = Drawing(width: width, height: height)
    let end = figure.panels.flatMap(\.curves).map { lastPlace(of: $0) }.max() ?? 1
    drawing.add("set multiplot")
    if let title = figure.title {
      let text = Text.fitted(title.printable, width: width - 24, size: 15)
      drawing.addText(text, x: width / 2, y: 26, size: 15, color: "#111111", .center)
    }
    for (line, text) in caption.enumerated() {
      drawing.addText(
        text, x: width / 2, y: captionTop + (Double(line) + 0.5) * Self.captionHeight,
        size: Self.captionSize, color: "#777777", .center)
    }
    for (index, panel) in figure.panels.enumerated() {
      let left = left(ofPanel: index)
      if let title = panel.title {
        let text = Text.fitted(title.printable, width: panelWidth, size: 13)
        drawing.addText(
          text, x: left + panelWidth / 2, y: top - 14, size: 13, color: "#111111", .center)
      }
      drawing.addText(figure.x.rawValue, x: left + panelWidth / 2, y: bottom + 36, .center)
      legends[index].draw(in: &drawing, center: left + panelWidth / 2, top: legendTop)
      drawing.addMargins(left: left, right: left + panelWidth, top: top, bottom: bottom)
      PanelPlot(panel, x: figure.x, end: end, errors: range, width: panelWidth)
        .draw(in: &drawing)
      drawing.add("unset label")
      drawing.add("unset arrow")
    }
    drawing.add("unset multiplot")
    return drawing
  }

  private func lastPlace(of curve: Curve) -> Double {
    let points = [curve.test.last, curve.training.last].compactMap(\.self)
    return points.map { figure.x == .epoch ? $0.epoch : Double($0.iteration) }.max() ?? 0
  }
}
