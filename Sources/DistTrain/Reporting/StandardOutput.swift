import Foundation

/// The standard output of commands whose output is their result.
public enum StandardOutput {
  /// Refuses to start where nobody could read the result.
  ///
  /// What is opened later, MPI's pipes among it, may take the closed descriptor's place, so this
  /// comes first of all.
  ///
  /// - Throws: `Failure` of kind inputOutput if standard output is closed.
  public static func requireOpen() throws(Failure) {
    if fcntl(STDOUT_FILENO, F_GETFD) < 0 {
      throw Failure(
        .inputOutput, "standard output is closed, where the result belongs; open or redirect it")
    }
  }

  /// Writes a result and a newline.
  ///
  /// - Parameter text: the result.
  /// - Throws: `Failure` of kind inputOutput if not all of it could be written.
  public static func write(_ text: String) throws(Failure) {
    // A reader that has gone away is a failure like others, not the process's end.
    signal(SIGPIPE, SIG_IGN)
    var rest = Array((text + "\n").utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count)
      }
      if count < 0 && errno == EINTR { continue }
      if count < 0 {
        let reason = String(cString: strerror(errno))
        throw Failure(.inputOutput, "cannot write the result to standard output: \(reason)")
      }
      rest = rest.dropFirst(count)
    }
  }
}
