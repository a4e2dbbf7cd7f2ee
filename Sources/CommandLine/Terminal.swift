import CProcess
import Foundation

/// A terminal in which people read a stream of this process, directly or through a launcher.
///
/// Under mpirun a rank's standard output is a pseudo-terminal wherever mpirun's own output goes, of the
/// size that mpirun's had at the start, and its standard error is a pipe. So mpirun is asked, which is
/// there where the rank is on its host.
struct Terminal: Sendable {
  /// Clears the line of the cursor.
  static let clearing = "\r\u{1B}[K"

  /// Whether letters may be drawn in styles.
  let hasStyles: Bool
  /// What is asked for the width; it stays open as long as the process lives.
  private let descriptor: CInt
  /// The process that has to be in the foreground.
  private let writer: pid_t

  /// Finds the terminal of a stream; nil where there is none, or one that does not move its cursor.
  ///
  /// - Parameter stream: the descriptor of standard output or standard error.
  init?(of stream: CInt) {
    let environment = ProcessInfo.processInfo.environment
    guard let type = environment["TERM"], !type.isEmpty, type != "dumb" else { return nil }
    if environment["OMPI_COMM_WORLD_RANK"] == nil {
      if isatty(stream) == 0 { return nil }
      descriptor = stream
      writer = getpid()
    } else {
      guard !ParentLauncher.changesOutput(environment),
        let launcher = ParentLauncher.process(above: stream),
        let opened = ParentLauncher.openTerminal(stream, of: launcher)
      else { return nil }
      descriptor = opened
      writer = launcher
    }
    hasStyles = (environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Columns as of now; 0 where they are not known, or another job has the terminal.
  var columns: Int {
    // A terminal that does not control this session has no foreground to ask for.
    let foreground = tcgetpgrp(descriptor)
    if foreground > 0 && foreground != getpgid(writer) { return 0 }
    return Int(cprocess_terminal_columns(descriptor))
  }
}

/// The process that started this rank and passes its output on.
private enum ParentLauncher {
  /// Open MPI's options that mark lines or keep them elsewhere, as it tells ranks of them.
  private static let changingOptions = [
    "OMPI_MCA_orte_tag_output", "OMPI_MCA_orte_timestamp_output", "OMPI_MCA_orte_xml_output",
    "OMPI_MCA_orte_output_filename",
  ]

  static func changesOutput(_ environment: [String: String]) -> Bool {
    changingOptions.contains { environment[$0] != nil }
  }

  /// The nearest process above that has another stream than this one; nil unless this one has one
  /// that launchers give.
  static func process(above stream: CInt) -> pid_t? {
    var status = stat()
    guard fstat(stream, &status) == 0,
      isatty(stream) == 1 || status.st_mode & S_IFMT == S_IFIFO
    else { return nil }
    let own = target(stream, of: getpid())
    var process = getppid()
    while process > 1, target(stream, of: process) == own { process = parent(of: process) }
    return process > 1 ? process : nil
  }

  /// Opens a process's stream if it is a terminal.
  static func openTerminal(_ stream: CInt, of process: pid_t) -> CInt? {
    let path = "/proc/\(process)/fd/\(stream)"
    var status = stat()
    // To open a pipe or a file could have effects.
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return nil }
    let descriptor = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    if descriptor >= 0 && isatty(descriptor) == 1 { return descriptor }
    if descriptor >= 0 { close(descriptor) }
    return nil
  }

  /// What a process's stream is, as the system names it.
  private static func target(_ stream: CInt, of process: pid_t) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(stream)")
  }

  private static func parent(of process: pid_t) -> pid_t {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    // The name, in parentheses, may hold anything.
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
    return fields.count > 2 ? pid_t(fields[2]) ?? 0 : 0
  }
}
