import DistTrain

/// Pieces of a page.
///
/// Whatever comes from files or users goes through ``escaped(_:)``.
enum HTML {
  /// A text as content or as the value of an attribute.
  static func escaped(_ text: String) -> String {
    var result = ""
    // No characters, of which one may be a quotation mark with an accent.
    for scalar in text.printable.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A part of the page with its heading.
  static func section(_ title: String, _ content: [String]) -> String {
    "<section>\n<h2>\(escaped(title))</h2>\n" + content.joined(separator: "\n") + "\n</section>"
  }

  /// A paragraph of our own words, which may hold markup.
  static func paragraph(_ markup: String) -> String { "<p>\(markup)</p>" }

  /// A remark that something is missing or not as it should be.
  static func note(_ text: String) -> String { "<p class=\"note\">\(escaped(text))</p>" }

  /// A table of names and values, escaped.
  static func facts(_ rows: [(name: String, value: String)]) -> String {
    let lines = rows.map { "<tr><th>\(escaped($0.name))</th><td>\(escaped($0.value))</td></tr>" }
    return scrolling("<table class=\"facts\">\n\(lines.joined(separator: "\n"))\n</table>")
  }

  /// A wide thing, which scrolls by itself instead of the page.
  static func scrolling(_ markup: String) -> String {
    "<div class=\"scroll\" tabindex=\"0\">\(markup)</div>"
  }

  /// Lines for a terminal.
  static func commands(_ lines: [String]) -> String {
    scrolling("<pre>\(lines.map(escaped).joined(separator: "\n"))</pre>")
  }
}
