import Foundation

/// What rank 0 tells people: lines on standard output, kept in the run's `log.txt`.
final class Console {
  private var descriptor: CInt = -1
  private var path = ""
  private var early: [String] = []

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Starts to keep lines in a file, those said before included.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - continuing: whether to append to what is there.
  /// - Throws: `Failure` of kind inputOutput.
  func keep(in path: String, continuing: Bool) throws(Failure) {
    self.path = path
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (continuing ? O_APPEND : O_TRUNC)
    descriptor = open(path, flags, 0o644)
    if descriptor < 0 { throw Failure(.inputOutput, "cannot open \(path): \(Files.reason())") }
    for line in early { try append(line) }
    early = []
  }

  /// Says a line.
  func say(_ line: String) throws(Failure) {
    try Files.write(Array((line + "\n").utf8), to: STDOUT_FILENO, path: "standard output")
    if descriptor >= 0 { try append(line) } else { early.append(line) }
  }

  private func append(_ line: String) throws(Failure) {
    try Files.write(Array((line + "\n").utf8), to: descriptor, path: path)
  }
}
