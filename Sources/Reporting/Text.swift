/// Texts of others in pictures and pages.
enum Text {
  /// About how many pixels wide a text is in a sans-serif font.
  static func width(_ text: String, size: Double) -> Double {
    size * text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
  }

  /// In parts of the font's size, rather too much than too little.
  private static func width(of scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", " ", "(", ")": 0.36
    case "m", "w", "M", "W", "@", "%": 0.92
    case "A"..."Z": 0.7
    case "\u{1100}"...: 1
    default: 0.62
    }
  }

  /// A text cut to a width, with an ellipsis where it was.
  static func fitted(_ text: String, width limit: Double, size: Double) -> String {
    if width(text, size: size) <= limit { return text }
    var result = text
    while !result.isEmpty && width(result + "…", size: size) > limit { result.removeLast() }
    return result + "…"
  }

  /// Sentences put together to lines of a width.
  static func lines(_ sentences: [String], width limit: Double, size: Double) -> [String] {
    var lines: [String] = []
    for sentence in sentences {
      if let last = lines.last, width("\(last) \(sentence)", size: size) <= limit {
        lines[lines.count - 1] = "\(last) \(sentence)"
      } else {
        lines.append(sentence)
      }
    }
    return lines
  }
}
