import CMPI
import Foundation

/// The `mpirun` of the MPI that this program is linked against.
///
/// A launcher of another MPI starts ranks that do not find each other, so one is trusted only where
/// its version is the library's, and both or neither are of Open MPI, whose numbers others have too.
package struct Launcher: Sendable {
  /// What the MPI library says of itself, in its first words: `Open MPI v4.1.4`, or
  /// `MPICH Version: 4.0.2`.
  package static let library: String = {
    var text = [CChar](repeating: 0, count: Int(cmpi_max_library_version()) + 1)
    let length = Int(cmpi_library_version(&text))
    let words = String(decoding: text.prefix(max(0, length)).map(UInt8.init), as: UTF8.self)
    let first = words.split(whereSeparator: { $0.isNewline || $0 == "," }).first ?? ""
    return String(first).replacing("\t", with: " ")
  }()

  /// The program.
  package let program: ExternalProgram
  private let ownArguments: [String]

  /// Names of launchers, in the order in which they are looked for.
  private static let names = [
    "mpirun", "mpiexec", "mpirun.openmpi", "mpiexec.hydra", "mpirun.mpich", "mpiexec.mpich",
  ]

  /// Finds the launcher on the search path.
  ///
  /// - Throws: `Failure` of kind environment if there is none of the library's version.
  package init() throws(Failure) {
    let version = Self.version(in: Self.library)
    let isOpenMPI = Self.library.hasPrefix("Open MPI")
    var others: [String] = []
    for name in Self.names where ExternalProgram.find(name) != nil {
      let program = try ExternalProgram([name], purpose: "starts ranks", package: "openmpi-bin")
      let said = try program.run(["--version"], timeout: 60)
      let words = String(decoding: said.output, as: UTF8.self)
      let found = Self.version(in: words)
      // Under some of its names Open MPI's launcher gives that of its runtime.
      let isOpenMPIs = words.contains("Open MPI") || words.contains("OpenRTE")
      if let version, found == version, isOpenMPIs == isOpenMPI {
        self.program = program
        // Open MPI has to be told that there may be more ranks than cores.
        ownArguments = isOpenMPI ? ["--oversubscribe"] : []
        return
      }
      others.append("\(program.path) is of \(found ?? "an unknown version")")
    }
    let instead = others.isEmpty ? "" : " (\(others.joined(separator: ", ")))"
    throw Failure(
      .environment,
      "cannot find the mpirun of \(Self.library), which this program is linked against\(instead); "
        + "install it, or put its folder first in PATH")
  }

  /// The first number with dots in a text, such as `4.1.4`.
  package static func version(in text: String) -> String? {
    text.firstMatch(of: /[0-9]+(\.[0-9]+)+/).map { String($0.0) }
  }

  /// Runs this program on some ranks to its end.
  ///
  /// - Parameters:
  ///   - ranks: how many.
  ///   - arguments: what follows the program's name.
  ///   - watch: see ``ExternalProgram/run(_:input:environment:timeout:watch:)``.
  /// - Throws: `Failure` of the kind that its exit code says, with what it said last.
  package func run(
    ranks: Int, _ arguments: [String], watch: () -> Bool = { true }
  ) throws(Failure) {
    let result = try program.run(
      ownArguments + ["-n", "\(ranks)", Files.destination(of: "/proc/self/exe")] + arguments,
      watch: watch)
    if result.status == 0 { return }
    let kind = Failure.Kind(rawValue: result.status) ?? .environment
    throw Failure(
      kind,
      "\(program.name) -n \(ranks) ended with \(result.status): \(Self.reason(result.errors))")
  }

  /// The line that says why, of what a launcher and its ranks wrote to standard error.
  private static func reason(_ errors: String) -> String {
    let lines = errors.split(whereSeparator: \.isNewline).map(String.init).filter { line in
      line.contains(where: \.isLetter) && !line.contains("disttrain: warning: ")
    }
    let own = lines.first { line in
      ["disttrain: ", "watchdog: ", "Error: "].contains { line.hasPrefix($0) }
    }
    return own ?? lines.first ?? "it said nothing"
  }
}
