/// A run's end that is not success: bad input, a broken environment or a disagreement of ranks.
///
/// Its message is one line that names the thing, the value and the remedy; its kind decides the
/// exit code of the command line.
public struct Failure: Error, Equatable, CustomStringConvertible, Sendable {
  /// What went wrong, with the exit code as its raw value.
  public enum Kind: Int32, Sendable {
    /// Bad usage or flag value.
    case usage = 64
    /// Bad data or file content.
    case data = 65
    /// A file or folder that is needed is not there.
    case missingInput = 66
    /// The machine or installation lacks something.
    case environment = 69
    /// The watchdog or an internal failure.
    case `internal` = 70
    /// Reading or writing failed.
    case inputOutput = 74
    /// Stopped by a signal after a checkpoint.
    case interrupted = 75
    /// Ranks disagree about configuration, data or build.
    case disagreement = 76
  }

  /// What went wrong.
  public let kind: Kind
  /// One line: the thing, the value and the remedy.
  public let message: String
  /// Whether every rank ends with this failure, so that rank 0 speaks for all.
  public private(set) var isShared = false

  /// Makes a failure.
  ///
  /// - Parameters:
  ///   - kind: what went wrong.
  ///   - message: one line: the thing, the value and the remedy. What a file put into it is shown as
  ///     a terminal can, and cut in its middle where it is very long.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message.printable.shortened(beginning: 1500, end: 500)
  }

  /// This failure as one that every rank ends with.
  var shared: Failure {
    var failure = self
    failure.isShared = true
    return failure
  }

  /// The message.
  public var description: String { message }
}
