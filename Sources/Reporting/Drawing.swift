import DistTrain
import Foundation

/// A picture as commands of gnuplot, with places in pixels from the upper left corner.
///
/// Texts of others go to gnuplot with all but letters as numbers, and are drawn without
/// markup.
struct Drawing {
  /// Where a text is anchored.
  enum Alignment: String { case left, center, right }

  /// Pixels.
  let width: Double
  let height: Double
  private(set) var commands: [String] = []
  private var blocks = 0

  /// Begins an empty picture.
  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// Adds a command.
  mutating func add(_ command: String) { commands.append(command) }

  /// Adds rows of numbers.
  ///
  /// - Parameter rows: numbers of equal counts.
  /// - Returns: the name by which commands call them.
  mutating func addData(_ rows: [[Double]]) -> String {
    blocks += 1
    commands.append("$data\(blocks) << end")
    for row in rows { commands.append(row.map { "\($0)" }.joined(separator: " ")) }
    commands.append("end")
    return "$data\(blocks)"
  }

  /// Adds a text.
  mutating func addText(
    _ text: String, x: Double, y: Double, size: Double = 12, color: String = "#333333",
    _ alignment: Alignment = .left
  ) {
    add(
      "set label \(Self.quoted(text)) at screen \(place(x, y)) \(alignment) "
        + "font \",\(size)\" textcolor rgb \"\(color)\" front")
  }

  /// Adds a line.
  mutating func addLine(
    from: (x: Double, y: Double), to: (x: Double, y: Double), width: Double, color: String
  ) {
    add(
      "set arrow from screen \(place(from.x, from.y)) to screen \(place(to.x, to.y)) nohead "
        + "linewidth \(width) linecolor rgb \"\(color)\" front")
  }

  /// Fractions of the picture, counted from the lower left corner as gnuplot does.
  private func place(_ x: Double, _ y: Double) -> String { "\(x / width),\(1 - y / height)" }

  /// The commands that put a plot's axes at a rectangle.
  mutating func addMargins(left: Double, right: Double, top: Double, bottom: Double) {
    add("set lmargin at screen \(left / width)")
    add("set rmargin at screen \(right / width)")
    add("set tmargin at screen \(1 - top / height)")
    add("set bmargin at screen \(1 - bottom / height)")
  }

  /// A string of gnuplot, in which nothing but letters and spaces is written as itself.
  ///
  /// Single quotes are no shelter, since a string that begins with a doubled one ends there. A digit
  /// after a byte's number would be taken for a part of it.
  static func quoted(_ text: String) -> String {
    let bytes = text.printable.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: " "):
        String(Unicode.Scalar(byte))
      default: String(format: "\\%03o", Int(byte))
      }
    }
    return "\"\(bytes.joined())\""
  }

  /// Finds gnuplot.
  ///
  /// - Throws: `Failure` of kind environment.
  static func gnuplot() throws(Failure) -> ExternalProgram {
    try ExternalProgram(["gnuplot"], purpose: "draws figures", package: "gnuplot-nox")
  }

  /// Draws the picture and replaces a file by it, whole or not at all.
  ///
  /// - Parameter path: the file, whose name says its form.
  /// - Throws: `Failure` of kind usage if it says none, environment if gnuplot is not there,
  ///   internal if it fails, or inputOutput.
  func write(to path: String) throws(Failure) {
    let format = try PictureFormat(of: path)
    let gnuplot = try Self.gnuplot()
    let script = ([terminal(format)] + commands).joined(separator: "\n") + "\n"
    // A start-up file of the user's, or a language of theirs, is not to change a figure.
    let result = try gnuplot.run(
      ["--default-settings", "-"], input: Array(script.utf8), environment: ["LC_ALL": "C.UTF-8"],
      timeout: 300)
    guard result.status == 0, !result.output.isEmpty else {
      throw Failure(
        .internal,
        "gnuplot cannot draw \(path): \(result.lastErrorLine); is its package complete?")
    }
    try Files.replace(path, with: result.output)
  }

  private func terminal(_ format: PictureFormat) -> String {
    switch format {
    case .svg:
      "set terminal svg size \(Int(width)),\(Int(height)) font \"sans-serif,12\" noenhanced "
        + "background \"#ffffff\""
    // Twice the pixels, for screens that have them; fonts are measured in points there, of 4/3 pixel.
    case .png:
      "set terminal pngcairo size \(2 * Int(width)),\(2 * Int(height)) font \"sans-serif,12\" "
        + "fontscale 1.5 linewidth 2 dashlength 2 noenhanced background \"#ffffff\""
    }
  }
}
