/// The axes and curves of a panel, as commands of gnuplot.
struct PanelPlot {
  private let panel: Panel
  private let x: Figure.Axis
  private let end: Double
  private let errors: ErrorRange
  private let width: Double

  /// Prepares a panel.
  ///
  /// - Parameters:
  ///   - panel: what is drawn.
  ///   - x: what the horizontal axis counts.
  ///   - end: where it ends.
  ///   - errors: what the vertical axis covers.
  ///   - width: pixels between the margins.
  init(_ panel: Panel, x: Figure.Axis, end: Double, errors: ErrorRange, width: Double) {
    self.panel = panel
    self.x = x
    self.end = end
    self.errors = errors
    self.width = width
  }

  /// Draws it at the margins that are set.
  func draw(in drawing: inout Drawing) {
    addAxes(to: &drawing)
    for drop in Set(panel.curves.flatMap { drops(of: $0) }).sorted() {
      drawing.add(
        "set arrow from \(drop), graph 0 to \(drop), graph 1 nohead back linewidth 0.8 "
          + "dashtype (6,5) linecolor rgb \"#9a9a9a\"")
    }
    var bands: [String] = []
    var pale: [String] = []
    var bold: [String] = []
    // The first curve comes last, on top of the others.
    for curve in panel.curves.reversed() {
      let (strong, light) = (curve.color.strong, curve.color.pale)
      if let data = addPoints(curve.training, to: &drawing) {
        pale.append("\(data) using 1:2 with lines linewidth 1.5 linecolor rgb \"\(light)\" notitle")
      }
      if let data = addPoints(curve.test, to: &drawing) {
        bold.append(
          "\(data) using 1:2 with lines linewidth 2.2 linecolor rgb \"\(strong)\" notitle")
        if curve.runs.count > 1 {
          bands.append("\(data) using 1:3:4 with filledcurves linecolor rgb \"\(strong)\" notitle")
        }
      }
    }
    let plots = bands + pale + bold
    drawing.add("plot " + (plots.isEmpty ? "-1 notitle" : plots.joined(separator: ", ")))
  }

  private func addAxes(to drawing: inout Drawing) {
    let xTicks = TickScale(0...end, count: Int(width / 66))
    let yTicks = TickScale(0...errors.end, count: 6)
    for command in [
      "unset key", "set border 3 linewidth 0.8 linecolor rgb \"#555555\"",
      "set tics nomirror scale 0.5 textcolor rgb \"#333333\" font \",11\"",
      "set xrange [0:\(end)]", "set yrange [0:\(errors.end)]",
      "set xtics (\(marks(xTicks)))", "set ytics (\(marks(yTicks)))",
      "set grid xtics ytics back linetype 1 dashtype solid linewidth 0.6 linecolor rgb \"#e4e4e4\"",
      "set ylabel 'error (%)' textcolor rgb \"#333333\" font \",12\" offset 0.6,0",
      "set clip one", "set clip two", "set style fill transparent solid 0.16 noborder",
    ] { drawing.add(command) }
  }

  private func marks(_ ticks: TickScale) -> String {
    ticks.values.map { "'\(ticks.text($0))' \($0)" }.joined(separator: ", ")
  }

  private func drops(of curve: Curve) -> [Double] {
    curve.drops.map { x == .epoch ? Double($0) * curve.epochsPerIteration : Double($0) }
  }

  /// Adds the places of a curve, each with its mean and what its runs range over.
  ///
  /// - Returns: the name of the data; nil if there are none.
  private func addPoints(_ points: [CurvePoint], to drawing: inout Drawing) -> String? {
    if points.isEmpty { return nil }
    return drawing.addData(
      points.map { point in
        [
          x == .epoch ? point.epoch : Double(point.iteration), point.mean,
          min(point.least, errors.end), min(point.greatest, errors.end),
        ]
      })
  }
}
