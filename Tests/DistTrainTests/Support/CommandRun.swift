import Foundation
import Testing

/// A finished subprocess.
struct CommandRun {
  let status: Int32
  let output: String
  let errors: String

  /// The folder of the build products, where the test binary itself is.
  static let productsFolder = URL(fileURLWithPath: "/proc/self/exe")
    .resolvingSymlinksInPath().deletingLastPathComponent()

  static let disttrain = productsFolder.appendingPathComponent("disttrain").path

  /// Runs a program to its end, or kills it after a time.
  init(_ arguments: [String], environment: [String: String] = [:], timeout: Double = 300) throws {
    let running = try RunningCommand(arguments, environment: environment)
    self = running.finish(timeout: timeout)
  }

  fileprivate init(status: Int32, output: String, errors: String) {
    self.status = status
    self.output = output
    self.errors = errors
  }

  /// `mpirun` with as many ranks as wanted, on however few cores there are.
  static func mpirun(_ ranks: Int, _ command: [String]) -> [String] {
    ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", "\(ranks)"] + command
  }

  /// Runs `disttrain` on some ranks; without mpirun on one.
  static func disttrain(
    _ arguments: [String], ranks: Int = 1, environment: [String: String] = [:],
    timeout: Double = 300
  ) throws -> CommandRun {
    let command = [disttrain] + arguments
    return try CommandRun(
      ranks == 1 ? command : mpirun(ranks, command), environment: environment, timeout: timeout)
  }

  /// The last line of standard output.
  var lastLine: String { output.split(separator: "\n").last.map(String.init) ?? "" }

  /// The lines of standard error that are the program's own, without warnings and what mpirun adds.
  var ownErrors: [String] {
    errors.split(separator: "\n").map(String.init).filter {
      ($0.hasPrefix("disttrain: ") && !$0.hasPrefix("disttrain: warning: "))
        || $0.hasPrefix("Error: ") || $0.hasPrefix("watchdog: ")
    }
  }
}

/// A subprocess that runs, with its output collected in files.
final class RunningCommand {
  let process = Process()
  private let folder = TemporaryFolder()

  init(_ arguments: [String], environment: [String: String] = [:]) throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    var variables = ProcessInfo.processInfo.environment
    if getuid() == 0 {
      variables["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
      variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    }
    // A program without mpirun needs no daemon of it, which takes longer to start than many a test.
    variables["OMPI_MCA_ess_singleton_isolated"] = "1"
    variables.merge(environment) { $1 }
    process.environment = variables
    for name in ["output", "errors"] {
      _ = FileManager.default.createFile(atPath: folder.file(name), contents: nil)
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: folder.file("output"))
    process.standardError = FileHandle(forWritingAtPath: folder.file("errors"))
    try withNoSignalBlocked { try process.run() }
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

  /// What the program has printed so far.
  var output: String { text("output") }

  private func text(_ name: String) -> String {
    String(
      decoding: FileManager.default.contents(atPath: folder.file(name)) ?? Data(), as: UTF8.self)
  }

  /// Waits for a condition, at most a minute.
  func wait(until condition: () -> Bool) -> Bool {
    for _ in 0..<1200 {
      if condition() { return true }
      if !process.isRunning { return condition() }
      usleep(50_000)
    }
    return false
  }

  /// Waits for the end, and kills the program if it does not come in time.
  func finish(timeout: Double) -> CommandRun {
    let deadline = Date().addingTimeInterval(timeout)
    while process.isRunning && Date() < deadline { usleep(10_000) }
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      Issue.record("\(process.arguments ?? []) did not end within \(timeout) s")
    }
    process.waitUntilExit()
    return CommandRun(
      status: process.terminationStatus, output: output, errors: text("errors"))
  }

  /// The process of a rank that runs `disttrain` with a certain argument.
  static func process(ofRank rank: Int, argument: String) -> Int32? {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.compactMap { Int32($0) }.first { process in
      let words = fileText("/proc/\(process)/cmdline").split(separator: "\0").map(String.init)
      let variables = fileText("/proc/\(process)/environ").split(separator: "\0")
      return words.first == CommandRun.disttrain && words.contains(argument)
        && variables.contains("OMPI_COMM_WORLD_RANK=\(rank)")
    }
  }
}
