import Foundation

/// Where a run's lines go, besides its `log.txt`.
///
/// Lines are given whole; whoever shows them decides what a reader that went away means.
public struct ConsoleOutput: Sendable {
  /// What is trained, how evaluations end, and what else happens once.
  public var say: @Sendable (String) -> Void
  /// How training goes, a line for each row of `train.csv`; for those who do not follow `progress`.
  public var row: @Sendable (String) -> Void
  /// What is not as it should be.
  public var warn: @Sendable (String) -> Void
  /// The result, for which it is worth waiting until it is read.
  public var conclude: @Sendable (String) -> Void
  /// Where the training is: told after every iteration and within evaluations, so it has to be quick.
  public var progress: @Sendable (TrainingProgress) -> Void

  /// Makes an output.
  ///
  /// - Parameters:
  ///   - say: shows what happens once.
  ///   - row: shows how training goes; as `say` does, if it is not given.
  ///   - warn: shows what is not as it should be.
  ///   - conclude: shows the result.
  ///   - progress: shows where the training is.
  public init(
    say: @escaping @Sendable (String) -> Void = { _ in },
    row: (@Sendable (String) -> Void)? = nil,
    warn: @escaping @Sendable (String) -> Void = { _ in },
    conclude: @escaping @Sendable (String) -> Void = { _ in },
    progress: @escaping @Sendable (TrainingProgress) -> Void = { _ in }
  ) {
    self.say = say
    self.row = row ?? say
    self.warn = warn
    self.conclude = conclude
    self.progress = progress
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

  /// Says what happens once.
  func say(_ line: String) throws(Failure) {
    output.say(line)
    try keep(line)
  }

  /// Says how training goes.
  func row(_ line: String) throws(Failure) {
    output.row(line)
    try keep(line)
  }

  /// Shows where the training is.
  func show(_ progress: TrainingProgress) { output.progress(progress) }

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
