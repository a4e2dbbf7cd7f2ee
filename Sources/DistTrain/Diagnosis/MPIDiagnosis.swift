import Foundation

/// Whether MPI can start ranks here.
package enum MPIDiagnosis {
  /// Seconds after which a start is taken to hang.
  private static let patience = 60.0

  /// Looks at the library and its launcher, and starts ranks where none are yet.
  static func findings(ranks: Int, isLaunched: Bool) -> [Finding] {
    let root = root(
      user: geteuid(), library: Launcher.library, isLaunched: isLaunched,
      environment: ProcessInfo.processInfo.environment)
    let own = [library(Launcher.library)]
    do throws(Failure) {
      let launcher = try Launcher()
      let found = own + [Finding("launcher", launcher.program.path), root]
      if isLaunched || root.verdict == .wrong { return found }
      return found + [start(launcher, ranks: min(ranks, 2))]
    } catch {
      // Another launcher, as srun, started this very process.
      return own + [Finding("launcher", isLaunched ? .warning : .wrong, error), root]
    }
  }

  private static func library(_ name: String) -> Finding {
    name.isEmpty
      ? Finding("MPI", .wrong, "the library does not say what it is", remedy: "install MPI anew")
      : Finding("MPI", name)
  }

  /// Whether the launcher starts ranks of this user.
  ///
  /// - Parameters:
  ///   - user: the user's number.
  ///   - library: what MPI says that it is.
  ///   - isLaunched: whether it has started this process.
  ///   - environment: the process's environment.
  /// - Returns: what was found.
  package static func root(
    user: UInt32, library: String, isLaunched: Bool, environment: [String: String]
  ) -> Finding {
    let variables = ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"]
    let isRefused = user == 0 && library.hasPrefix("Open MPI") && !isLaunched
    if isRefused && variables.contains(where: { environment[$0] != "1" }) {
      return Finding(
        "user", .wrong, "Open MPI's mpirun refuses root",
        remedy: "export \(variables.map { "\($0)=1" }.joined(separator: " ")), or be another user")
    }
    return Finding("user", user == 0 ? "root" : "not root")
  }

  /// Has ranks find each other, as a training's do first.
  private static func start(_ launcher: Launcher, ranks: Int) -> Finding {
    let name = launcher.program.name
    let what = "\(ranks) \(ranks == 1 ? "rank" : "ranks")"
    let clock = ContinuousClock()
    let end = clock.now + .seconds(patience)
    do throws(Failure) {
      try launcher.run(ranks: ranks, ["bench", "traffic"]) { clock.now < end }
      return Finding("start", "\(name) starts \(what)")
    } catch {
      if clock.now < end {
        return Finding(
          "start", .wrong, error.message,
          remedy: "for all that it says run \(name) -n \(ranks) disttrain bench traffic")
      }
      return Finding(
        "start", .wrong,
        "\(name) did not start \(what) within \(Int(patience)) s",
        remedy:
          "run it by hand with --mca btl_base_verbose 30, and name the network that works with "
          + "--mca btl_tcp_if_include")
    }
  }
}
