import DistTrain

/// Curves over one another in one pair of axes.
public struct Panel: Sendable {
  /// What stands above it; nil for nothing.
  public let title: String?
  /// Its curves, the first on top.
  public let curves: [Curve]

  /// Makes a panel.
  ///
  /// - Parameters:
  ///   - title: what stands above it; drawn as it is.
  ///   - curves: its curves, the first on top.
  public init(title: String? = nil, curves: [Curve]) {
    self.title = title
    self.curves = curves
  }
}

/// Errors in per cent over a training, as Figure 6 of "Deep Residual Learning for Image Recognition":
/// test errors bold, training errors pale in the same colour, panels side by side with equal axes.
public struct Figure: Sendable {
  /// What the horizontal axis counts.
  public enum Axis: String, CaseIterable, Sendable { case epoch, iteration }

  /// Its panels, from left to right.
  public let panels: [Panel]
  /// What the horizontal axis counts.
  public let x: Axis
  /// What stands above all; nil for nothing.
  public let title: String?

  /// Makes a figure.
  ///
  /// - Parameters:
  ///   - panels: from left to right, one at least.
  ///   - x: what the horizontal axis counts.
  ///   - title: what stands above all; drawn as it is.
  public init(panels: [Panel], x: Axis = .epoch, title: String? = nil) {
    precondition(!panels.isEmpty, "a figure of no panel")
    self.panels = panels
    self.x = x
    self.title = title
  }

  /// Draws the figure with gnuplot.
  ///
  /// The same runs give the same bytes. The file is written whole or not at all.
  ///
  /// - Parameter path: the file, whose name ends in `.svg` or `.png`; of twice the pixels as PNG.
  /// - Throws: `Failure` of kind usage for another name, data if there is nothing to draw yet,
  ///   environment where gnuplot is missing, internal if it fails, or inputOutput.
  public func write(to path: String) throws(Failure) {
    _ = try PictureFormat(of: path)
    let curves = panels.flatMap(\.curves)
    guard curves.contains(where: { !$0.training.isEmpty }) else {
      throw Failure(
        .data,
        "no run has a row in its logs yet, so \(path) would be empty; wait until the first is there"
      )
    }
    try FigureLayout(self).drawing().write(to: path)
  }

  /// What gnuplot is told.
  package var commands: [String] { FigureLayout(self).drawing().commands }
}
