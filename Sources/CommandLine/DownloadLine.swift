import CProcess
import DistTrain
import Foundation
import Synchronization

/// Shows on standard error how far a download is: on a terminal as one line that is drawn again, and
/// elsewhere as a line for every tenth.
final class DownloadLine: Sendable {
  private struct State {
    var lastTime = -Double.infinity
    var lastTenth = -1
    var isOpen = false
  }

  private let state = Mutex(State())
  private let isTerminal = isatty(STDERR_FILENO) == 1
  /// Bytes that a line is for where the whole is not known.
  private static let step = 20_000_000

  /// Shows a state, unless one as good has just been shown.
  @Sendable func show(_ progress: DownloadProgress) {
    state.withLock { state in
      if isTerminal {
        let time = ProcessInfo.processInfo.systemUptime
        if time - state.lastTime < 0.2 { return }
        state.lastTime = time
        // Carriage return, then erase what was longer before.
        write("\r\(progress.text)\u{1b}[K")
        state.isOpen = true
      } else {
        let tenth = progress.fraction.map { Int(10 * $0) } ?? progress.byteCount / Self.step
        if tenth == state.lastTenth || progress.rate <= 0 && state.lastTenth >= 0 { return }
        state.lastTenth = tenth
        write("disttrain: \(progress.text)\n")
      }
    }
  }

  /// Leaves the line, so that others can be written.
  func end() {
    state.withLock { state in
      if state.isOpen { write("\n") }
      state.isOpen = false
    }
  }

  private func write(_ text: String) { cprocess_write_error(text, UInt(text.utf8.count)) }
}
