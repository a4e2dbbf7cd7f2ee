import Foundation

/// A line chart as inline SVG, whose colours the page's style gives.
struct LineChart {
  /// A place on the chart.
  struct Point: Equatable {
    let x: Double
    let y: Double
  }

  /// A line.
  struct Series {
    let name: String
    /// The class by which the style knows it.
    let style: String
    let points: [Point]
    /// Whether each point has a dot.
    var hasDots = false
  }

  /// What stands below it.
  let title: String
  let xName: String
  let series: [Series]
  /// The upper end of the vertical axis, which begins at 0; nil for what the points need.
  var yEnd: Double?
  /// Whether the vertical axis counts powers of ten.
  var isLogarithmic = false
  /// Where vertical dashes are.
  var marks: [Double] = []

  private static let size = (width: 440.0, height: 250.0)
  private static let inner = (left: 50.0, top: 10.0, width: 378.0, height: 190.0)
  /// More points than pixels are averaged.
  private static let mostPoints = 600

  private var shown: [Series] {
    series.map { series in
      Series(
        name: series.name, style: series.style, points: Self.thinned(series.points),
        hasDots: series.hasDots)
    }
  }

  /// Points of which equally many neighbours are averaged, as few as make them fit.
  static func thinned(_ points: [Point]) -> [Point] {
    let group = (points.count + mostPoints - 1) / mostPoints
    if group <= 1 { return points }
    return stride(from: 0, to: points.count, by: group).map { start in
      let part = points[start..<min(start + group, points.count)]
      let count = Double(part.count)
      return Point(
        x: part.map(\.x).reduce(0, +) / count, y: part.map(\.y).reduce(0, +) / count)
    }
  }

  /// The figure with its caption and legend.
  var markup: String {
    let lines = shown
    let points = lines.flatMap(\.points)
    // The last dot needs room.
    let xEnd = (points.map(\.x).max() ?? 1) * (lines.contains(where: \.hasDots) ? 1.03 : 1)
    let yRange = yRange(points)
    func place(_ point: Point) -> (x: Double, y: Double) {
      let y = isLogarithmic ? log10(point.y) : point.y
      return (
        Self.inner.width * point.x / xEnd,
        Self.inner.height * (1 - (y - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound))
      )
    }
    var parts = axes(xEnd: xEnd, yRange: yRange)
    parts.append(
      "<svg x=\"\(Self.inner.left)\" y=\"\(Self.inner.top)\" width=\"\(Self.inner.width)\" "
        + "height=\"\(Self.inner.height)\">")
    for mark in marks where mark < xEnd {
      let x = Self.text(Self.inner.width * mark / xEnd)
      parts.append("<path class=\"drop\" d=\"M\(x) 0V\(Int(Self.inner.height))\"/>")
    }
    for line in lines where !line.points.isEmpty {
      let places = line.points.map(place)
      let text = places.map { "\(Self.text($0.x)),\(Self.text($0.y))" }.joined(separator: " ")
      parts.append("<polyline class=\"line \(line.style)\" points=\"\(text)\"/>")
      if line.hasDots || places.count == 1 {
        for place in places {
          parts.append(
            "<circle class=\"dot \(line.style)\" cx=\"\(Self.text(place.x))\" "
              + "cy=\"\(Self.text(place.y))\" r=\"2.4\"/>")
        }
      }
    }
    parts.append("</svg>")
    return
      "<figure class=\"chart\">\n<svg viewBox=\"0 0 \(Int(Self.size.width)) "
      + "\(Int(Self.size.height))\" role=\"img\" aria-label=\"\(HTML.escaped(title))\">\n"
      + parts.joined(separator: "\n") + "\n</svg>\n<figcaption>\(HTML.escaped(title))\(legend)"
      + "</figcaption>\n</figure>"
  }

  private var legend: String {
    if series.count < 2 { return "" }
    let entries = series.map { "<span class=\"key \($0.style)\">\(HTML.escaped($0.name))</span>" }
    return "<br>" + entries.joined(separator: " ")
  }

  private func yRange(_ points: [Point]) -> ClosedRange<Double> {
    if isLogarithmic {
      let powers = points.filter { $0.y > 0 }.map { log10($0.y) }
      let low = ((powers.min() ?? -1) - 0.2).rounded(.down)
      return low...max(low + 1, ((powers.max() ?? 0) + 0.05).rounded(.up))
    }
    let most = yEnd ?? (points.map(\.y).max() ?? 1) * 1.06
    return 0...(most > 0 ? most : 1)
  }

  private func axes(xEnd: Double, yRange: ClosedRange<Double>) -> [String] {
    let (left, top, width, height) = Self.inner
    let bottom = top + height
    var parts: [String] = []
    let yTicks = TickScale(yRange, count: isLogarithmic ? 4 : 5)
    for value in yTicks.values where !isLogarithmic || value == value.rounded() {
      let y =
        bottom - height * (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound)
      let text = isLogarithmic ? Self.power(value) : yTicks.text(value)
      parts.append(
        "<path class=\"grid\" d=\"M\(left) \(Self.text(y))H\(left + width)\"/>"
          + "<text class=\"tick end\" x=\"\(left - 7)\" y=\"\(Self.text(y + 4))\">\(text)</text>")
    }
    let xTicks = TickScale(0...xEnd, count: 6)
    for value in xTicks.values {
      let x = left + width * value / xEnd
      parts.append(
        "<path class=\"grid\" d=\"M\(Self.text(x)) \(top)V\(bottom)\"/>"
          + "<text class=\"tick middle\" x=\"\(Self.text(x))\" y=\"\(bottom + 17)\">"
          + "\(xTicks.text(value))</text>")
    }
    parts.append("<path class=\"axis\" d=\"M\(left) \(top)V\(bottom)H\(left + width)\"/>")
    parts.append(
      "<text class=\"tick middle\" x=\"\(left + width / 2)\" y=\"\(bottom + 37)\">"
        + "\(HTML.escaped(xName))</text>")
    return parts
  }

  private static func power(_ exponent: Double) -> String {
    String(format: "%g", pow(10, exponent))
  }

  /// Hundredths of a pixel.
  private static func text(_ number: Double) -> String { String(format: "%.2f", number) }
}
