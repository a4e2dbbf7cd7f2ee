extension StringProtocol {
  /// The text in one line, with spaces for what neither a terminal nor XML can show.
  package var printable: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator, .unassigned: " "
          default: scalar
          }
        }))
  }

  /// The text, or its beginning and its end where it has more characters than that.
  ///
  /// - Parameters:
  ///   - beginning: characters that are kept in front.
  ///   - end: characters that are kept at the end.
  /// - Returns: the text, with an ellipsis where it was cut.
  func shortened(beginning: Int, end: Int) -> String {
    count <= beginning + end ? String(self) : "\(prefix(beginning))…\(suffix(end))"
  }
}
