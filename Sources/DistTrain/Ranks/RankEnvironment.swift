import Foundation

/// What is known of the ranks before MPI is up.
public enum RankEnvironment {
  /// Launchers and the variables in which each tells a process its rank, how many there are, and
  /// which of its host's it is.
  ///
  /// The first two are needed: a batch system's shell has a rank too, without being one of several.
  private static let variables = [
    (
      rank: "OMPI_COMM_WORLD_RANK", size: "OMPI_COMM_WORLD_SIZE",
      localRank: "OMPI_COMM_WORLD_LOCAL_RANK"
    ),
    (rank: "PMI_RANK", size: "PMI_SIZE", localRank: "MPI_LOCALRANKID"),
    (rank: "SLURM_PROCID", size: "SLURM_STEP_NUM_TASKS", localRank: "SLURM_LOCALID"),
  ]

  /// Which of how many processes this is, and which of its host's where that is known, as its launcher
  /// says; nil without a launcher.
  package static func launched(
    _ environment: [String: String]
  ) -> (rank: Int, size: Int, localRank: Int?)? {
    for names in variables {
      if let rank = environment[names.rank].flatMap({ Int($0) }),
        let size = environment[names.size].flatMap({ Int($0) })
      {
        return (rank, size, environment[names.localRank].flatMap { Int($0) })
      }
    }
    return nil
  }

  /// Whether a launcher started this process, be it as the only one.
  public static var isLaunched: Bool { launched(ProcessInfo.processInfo.environment) != nil }

  /// This process's rank as its launcher names it; 0 where it is the only one.
  ///
  /// Used so that a message before MPI is up comes from one rank only.
  public static var rank: Int {
    guard let launched = launched(ProcessInfo.processInfo.environment), launched.size > 1 else {
      return 0
    }
    return launched.rank
  }

  /// Which of its host's ranks this process is, where its launcher says so.
  static var localRank: Int? { launched(ProcessInfo.processInfo.environment)?.localRank }

  /// Checks that MPI sees as many ranks as were started: a launcher of another MPI starts processes
  /// of which each believes that it is alone.
  ///
  /// - Parameters:
  ///   - size: the ranks that MPI sees.
  ///   - environment: the process's environment.
  /// - Throws: `Failure` of kind environment, the same in each of them.
  package static func checkSize(_ size: Int, environment: [String: String]) throws(Failure) {
    guard size == 1, let launched = launched(environment), launched.size > 1 else { return }
    throw Failure(
      .environment,
      "started as one of \(launched.size) processes, but MPI sees 1 rank: the launcher belongs to "
        + "another MPI than this program; use this one's own mpirun, or srun --mpi=pmix"
    ).shared
  }
}
