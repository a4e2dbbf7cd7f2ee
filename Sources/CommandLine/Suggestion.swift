import ArgumentParser

/// What a word that is none was meant to be.
///
/// The parser suggests flags; this adds the words of a flag's values and the names of commands.
enum Suggestion {
  /// Adds a suggestion to a message of the parser, where there is one.
  ///
  /// - Parameters:
  ///   - message: the message; its first line says what is wrong.
  ///   - arguments: the program's, with its name.
  /// - Returns: the message.
  static func added(to message: String, arguments: [String]) -> String {
    var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let first = lines.first, !first.contains("Did you mean") else { return message }
    let quoted = quotedWords(first)
    guard let wrong = quoted.first else { return message }
    let candidates: [String]
    if first.contains(" is invalid for "), first.contains("Please provide one of") {
      candidates = Array(quoted.dropFirst(2))
    } else if first.hasPrefix("Error: Unexpected argument ") {
      candidates = commandNames(before: wrong, in: arguments)
    } else if first.hasPrefix("Error: Unknown option ") {
      candidates = ["--help", "--version"]
    } else {
      return message
    }
    if let nearest = nearest(to: wrong, of: candidates) {
      lines[0] += "\(first.hasSuffix(".") ? "" : ".") Did you mean '\(nearest)'?"
    }
    return lines.joined(separator: "\n")
  }

  /// The words in quotation marks, in their order.
  private static func quotedWords(_ line: String) -> [String] {
    line.split(separator: "'", omittingEmptySubsequences: false).enumerated()
      .compactMap { $0.offset % 2 == 1 ? String($0.element) : nil }
  }

  /// The commands among which an argument would choose.
  private static func commandNames(before word: String, in arguments: [String]) -> [String] {
    var command: any ParsableCommand.Type = DistTrainCommand.self
    for argument in arguments.dropFirst().prefix(while: { $0 != word }) {
      let next = command.configuration.subcommands.first { $0._commandName == argument }
      guard let next else { break }
      command = next
    }
    return command.configuration.subcommands.map { $0._commandName }
  }

  /// The candidate with the fewest changed letters, of at most two and fewer than half of the word.
  private static func nearest(to word: String, of candidates: [String]) -> String? {
    let distances = candidates.map { ($0, distance(word.lowercased(), $0.lowercased())) }
    let best = distances.min { $0.1 < $1.1 }
    return best.flatMap { $0.1 <= min(2, word.count / 2) ? $0.0 : nil }
  }

  /// How many letters are to be inserted, removed or replaced to make one word the other.
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (i, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in right.indices {
        let replaced = diagonal + (letter == right[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[right.count]
  }
}
