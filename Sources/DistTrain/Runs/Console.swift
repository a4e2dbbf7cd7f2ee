import Foundation

/// Where a run's lines go, besides its `log.txt`.
///
/// Lines are given whole; whoever shows them decides what a reader that went away means.
public struct ConsoleOutput: Sendable {
  /// How the run goes.
  public var say: @Sendable (String) -> Void
  /// What is not as it should be.
  public var warn: @Sendable (String) -> Void
  /// The result, for which it is worth waiting until it is read.
  public var conclude: @Sendable (String) -> Void

  /// Makes an output.
  ///
  /// - Parameters:
  ///   - say: shows how the run goes.
  ///   - warn: shows what is not as it should be.
  ///   - conclude: shows the result.
  public init(
    say: @escaping @Sendable (String) -> Void = { _ in },
    warn: @escaping @Sendable (String) -> Void = { _ in },
    conclude: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.say = say
    self.warn = warn
    self.conclude = conclude
  }
}

/// What rank 0 tells people: lines of the run's output, kept in its `log.txt`.
final class Console {
  private let output: ConsoleOutput
  private var descriptor: CInt = -1
  private var path = ""
  private var early: [String] = []

  init(_ output: ConsoleOutput) { self.output = output }

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
    descriptor = open(path, flags, 0o666)
    if descriptor < 0 { throw Failure(.inputOutput, "cannot open \(path): \(Files.reason())") }
    for line in early { try keep(line) }
    early = []
  }

  /// Says how the run goes.
  func say(_ line: String) throws(Failure) {
    output.say(line)
    try keep(line)
  }

  /// Says what is not as it should be.
  func warn(_ line: String) throws(Failure) {
    output.warn(line)
    try keep(line)
  }

  /// Says the result.
  func conclude(_ line: String) throws(Failure) {
    try keep(line)
    output.conclude(line)
  }

  private func keep(_ line: String) throws(Failure) {
    if descriptor < 0 {
      early.append(line)
    } else {
      try Files.write(Array((line + "\n").utf8), to: descriptor, path: path)
    }
  }
}
