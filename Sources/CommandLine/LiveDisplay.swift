import CProcess
import DistTrain
import Foundation
import Synchronization

/// The live line of this process, at the bottom of the terminal where one of its streams is read.
///
/// It is drawn anew in place, and cleared before anything else is written to that terminal. Where a
/// launcher passes streams on, what is written to one may be shown after what is written later to
/// the other; so each clears the line for itself.
enum LiveDisplay {
  /// Seconds between two drawings.
  private static let interval = 0.2

  private static let output = Terminal(of: STDOUT_FILENO)
  private static let errors = Terminal(of: STDERR_FILENO)

  private struct State {
    var lastDrawing = -Double.infinity
    /// The stream with the line; nil while there is none.
    var stream: CInt?
  }

  private static let state = Mutex(State())

  private static func terminal(of stream: CInt) -> Terminal? {
    stream == STDOUT_FILENO ? output : errors
  }

  /// Whether a stream is read in a terminal that can show a line now.
  static func isPossible(on stream: CInt) -> Bool { (terminal(of: stream)?.columns ?? 0) > 0 }

  /// Draws a line, if the last drawing is some time ago and the stream is read in a terminal.
  static func draw(on stream: CInt, _ line: () -> LiveLine) {
    guard let terminal = terminal(of: stream) else { return }
    state.withLock { state in
      let now = monotonicSeconds()
      if now - state.lastDrawing < interval { return }
      let columns = terminal.columns
      if columns <= 0 { return }
      state.lastDrawing = now
      state.stream = stream
      let text = line().text(columns: columns, hasStyles: terminal.hasStyles)
      write("\r\(text)\u{1B}[K", to: stream)
    }
  }

  /// What has to be written before other text to a stream, to clear the line.
  static func clearing(before stream: CInt) -> String {
    state.withLock { state in
      // Other ranks do not know whether rank 0 shows one.
      let isShown = state.stream != nil || RankEnvironment.rank > 0
      guard isShown, isPossible(on: stream) else { return "" }
      state.stream = nil
      // What follows is to be seen with the next drawing.
      state.lastDrawing = -.infinity
      return Terminal.clearing
    }
  }

  /// Clears the line, if there is one.
  static func clear() {
    state.withLock { state in
      guard let stream = state.stream else { return }
      state.stream = nil
      write(Terminal.clearing, to: stream)
    }
  }

  private static func write(_ text: String, to stream: CInt) {
    let count = UInt(text.utf8.count)
    if stream == STDOUT_FILENO {
      cprocess_write_output(text, count, 0)
    } else {
      cprocess_write_error(text, count)
    }
  }
}
