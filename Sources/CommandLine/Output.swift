import CProcess
import DistTrain
import Foundation

/// The process's standard streams.
///
/// A run outlives its terminal: lines about it are dropped where nobody takes them. A result that
/// was asked for is not: where it cannot be written, that is a failure.
enum Output {
  /// Where a run's lines go; in a terminal a live line takes the place of its rows.
  static let console = ConsoleOutput(
    say: { write($0, milliseconds: 0) },
    row: { if !LiveDisplay.isPossible(on: STDOUT_FILENO) { write($0, milliseconds: 0) } },
    warn: { warn("disttrain: warning: \($0)") },
    conclude: { write($0, milliseconds: 10_000) },
    progress: { progress in LiveDisplay.draw(on: STDOUT_FILENO) { LiveLine(progress) } })

  /// Told of long waits.
  static let reporter = WaitReporter(
    notice: { warn("disttrain: \($0)") },
    end: { line in
      // Where MPI hangs as it starts, standard error is not yet given back.
      cprocess_end_start()
      if let line { warn(line) }
      _exit(Failure.Kind.internal.rawValue)
    })

  /// Writes one line to standard error with one call, so that lines of ranks do not mix.
  static func warn(_ line: String) {
    let text = LiveDisplay.clearing(before: STDERR_FILENO) + line + "\n"
    cprocess_write_error(text, UInt(text.utf8.count))
  }

  private static func write(_ line: String, milliseconds: CInt) {
    let text = LiveDisplay.clearing(before: STDOUT_FILENO) + line + "\n"
    cprocess_write_output(text, UInt(text.utf8.count), milliseconds)
  }

  private static func failure(_ reason: String) -> Failure {
    Failure(.inputOutput, "cannot write the result to standard output: \(reason)")
  }

  /// Checks that standard output was open when the program started.
  ///
  /// - Throws: `Failure` of kind inputOutput.
  static func requireOpen() throws(Failure) {
    if cprocess_was_output_closed() != 0 { throw failure("it is closed") }
  }

  /// Writes a result to standard output.
  ///
  /// - Parameter text: the result, without the end of its last line.
  /// - Throws: `Failure` of kind inputOutput.
  static func printResult(_ text: String) throws(Failure) {
    try requireOpen()
    var bytes = Array((LiveDisplay.clearing(before: STDOUT_FILENO) + text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes {
        Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count)
      }
      if written < 0 && errno == EINTR { continue }
      if written < 0 { throw failure(String(cString: strerror(errno))) }
      bytes = bytes.dropFirst(written)
    }
  }
}
