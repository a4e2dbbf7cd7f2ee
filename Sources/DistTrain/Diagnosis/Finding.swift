/// One thing of a machine that matters for a training, and what to do about it.
package struct Finding: Codable, Equatable, Sendable {
  /// How good it is.
  package enum Verdict: String, Codable, Sendable {
    /// As it should be.
    case ok
    /// A training works, but is slower, or lacks a convenience.
    case warning
    /// A training does not work.
    case wrong
  }

  /// What was looked at: `memory`.
  package let subject: String
  /// How good it is.
  package let verdict: Verdict
  /// What was found, with its values.
  package let text: String
  /// What to do; nil where nothing has to be done.
  package let remedy: String?

  /// Makes a finding of what is as it should be.
  ///
  /// - Parameters:
  ///   - subject: what was looked at.
  ///   - text: what was found.
  init(_ subject: String, _ text: String) {
    self.init(subject, .ok, text, remedy: nil)
  }

  /// Makes a finding.
  ///
  /// - Parameters:
  ///   - subject: what was looked at.
  ///   - verdict: how good it is.
  ///   - text: what was found.
  ///   - remedy: what to do.
  init(_ subject: String, _ verdict: Verdict, _ text: String, remedy: String?) {
    self.subject = subject
    self.verdict = verdict
    self.text = text
    self.remedy = remedy
  }

  /// Makes a finding of a failure, whose message has its remedy behind a semicolon.
  init(_ subject: String, _ verdict: Verdict, _ failure: Failure) {
    let message = failure.message
    guard let semicolon = message.firstRange(of: "; ") else {
      self.init(subject, verdict, message, remedy: nil)
      return
    }
    self.init(
      subject, verdict, String(message[..<semicolon.lowerBound]),
      remedy: String(message[semicolon.upperBound...]))
  }
}
