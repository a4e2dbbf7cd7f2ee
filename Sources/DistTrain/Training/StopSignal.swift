import Foundation

/// Whether the process was asked to stop, by a signal.
///
/// A handler may only set a flag; the trainer looks at it between iterations, where all ranks learn
/// of it together.
enum StopSignal {
  private nonisolated(unsafe) static var flag: sig_atomic_t = 0

  /// Whether a signal has come.
  static var isSet: Bool { flag != 0 }

  /// Handles SIGTERM and SIGINT, and SIGUSR1 and SIGUSR2, which mpirun forwards to every rank.
  static func install() {
    for number in [SIGTERM, SIGINT, SIGUSR1, SIGUSR2] {
      signal(number) { _ in StopSignal.flag = 1 }
    }
  }
}
