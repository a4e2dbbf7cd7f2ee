import CLinux
import Foundation

/// A program of the system that does something better than we would, found when it is needed.
///
/// Its input and output are files in memory, so that no pipe can fill up and none has to be emptied
/// by a thread.
package struct ExternalProgram: Sendable {
  /// The file.
  package let path: String
  /// The name by which messages call it.
  package let name: String

  /// What a program left when it ended.
  package struct Result: Sendable {
    /// Its exit code, or 128 and the number of the signal that ended it.
    package let status: Int32
    /// What it wrote to standard output.
    package let output: [UInt8]
    /// What it wrote to standard error.
    package let errors: String

    /// The last line of ``errors`` that says something, for messages.
    package var lastErrorLine: String {
      errors.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
        .map(String.init) ?? "it said nothing"
    }
  }

  /// Finds a program on the search path.
  ///
  /// - Parameters:
  ///   - names: the names that it may have, the preferred one first.
  ///   - purpose: what it does for us, as in "draws figures".
  ///   - package: the Debian package that has it.
  ///   - isRight: whether a program of that name is the one that is meant.
  /// - Throws: `Failure` of kind environment, which says how to install it.
  package init(
    _ names: [String], purpose: String, package: String,
    isRight: (ExternalProgram) -> Bool = { _ in true }
  ) throws(Failure) {
    for name in names {
      for path in Self.findAll(name) {
        let program = ExternalProgram(name: name, path: path)
        if isRight(program) {
          self = program
          return
        }
      }
    }
    throw Failure(
      .environment,
      "cannot find \(names.joined(separator: " or ")), which \(purpose); install it, on Debian with "
        + "apt-get install \(package)")
  }

  private init(name: String, path: String) {
    self.name = name
    self.path = path
  }

  /// Where a program is on the search path; nil if it is not there.
  package static func find(_ name: String) -> String? { findAll(name).first }

  /// All places of the search path that have a program of a name.
  private static func findAll(_ name: String) -> [String] {
    let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return folders.split(separator: ":").map { "\($0)/\(name)" }.filter {
      access($0, X_OK) == 0 && !Files.isFolder($0)
    }
  }

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - arguments: its arguments; none goes through a shell.
  ///   - input: its standard input.
  ///   - descriptor: an open file that takes its standard output; nil for the result's ``Result/output``.
  ///   - environment: variables besides this process's own, which they replace; nil removes one.
  ///   - timeout: seconds after which it is killed.
  ///   - watch: called about twenty times a second while it runs; it is asked to end where this is
  ///     false, and killed where it does not within five seconds.
  /// - Returns: what it left.
  /// - Throws: `Failure` of kind environment if it cannot be started, or internal if it had to be
  ///   killed after its time.
  package func run(
    _ arguments: [String], input: [UInt8] = [], output descriptor: CInt? = nil,
    environment: [String: String?] = [:], timeout: Double = .infinity,
    watch: () -> Bool = { true }
  ) throws(Failure) -> Result {
    let standardInput = try memory(holding: input)
    let output: FileHandle
    if let descriptor {
      output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    } else {
      output = try memory()
    }
    let errors = try memory()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
    for (name, value) in environment { process.environment?[name] = value }
    process.standardInput = standardInput
    process.standardOutput = output
    process.standardError = errors
    do { try withNoSignalBlocked { try process.run() } } catch {
      throw Failure(.environment, "cannot start \(path): \(error.localizedDescription)")
    }
    try wait(for: process, timeout: timeout, watch: watch)
    let signalled = process.terminationReason == .uncaughtSignal
    return Result(
      status: process.terminationStatus + (signalled ? 128 : 0),
      output: descriptor == nil ? content(of: output) : [],
      errors: String(decoding: content(of: errors), as: UTF8.self))
  }

  /// A child inherits the mask of the thread that starts it, and a thread pool's block most signals.
  private func withNoSignalBlocked(_ body: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  private func wait(
    for process: Process, timeout: Double, watch: () -> Bool
  ) throws(Failure) {
    let start = monotonicSeconds()
    var end = start + timeout
    var isAsked = false
    var pause: UInt32 = 1000
    while process.isRunning {
      if monotonicSeconds() > end {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if isAsked { return }
        throw Failure(.internal, "\(path) did not end within \(Int(timeout)) s, and was killed")
      }
      if !isAsked && !watch() {
        process.terminate()
        isAsked = true
        end = monotonicSeconds() + 5
      }
      usleep(pause)
      pause = min(2 * pause, 50_000)
    }
    process.waitUntilExit()
  }

  private func memory(holding bytes: [UInt8] = []) throws(Failure) -> FileHandle {
    let descriptor = clinux_create_memory(name)
    if descriptor < 0 {
      throw Failure(.environment, "cannot make a file in memory: \(Files.reason())")
    }
    try Files.write(bytes, to: descriptor, path: "the input of \(name)")
    lseek(descriptor, 0, SEEK_SET)
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  private func content(of file: FileHandle) -> [UInt8] {
    lseek(file.fileDescriptor, 0, SEEK_SET)
    return [UInt8]((try? file.readToEnd()) ?? Data())
  }
}
