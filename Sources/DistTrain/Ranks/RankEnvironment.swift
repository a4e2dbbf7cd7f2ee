import Foundation

/// What is known of the ranks before MPI is up.
public enum RankEnvironment {
  /// This process's rank as its launcher names it; 0 without a launcher.
  ///
  /// Used so that a message before MPI is up comes from one rank only.
  public static var rank: Int {
    let environment = ProcessInfo.processInfo.environment
    for name in ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"] {
      if let value = environment[name], let rank = Int(value) { return rank }
    }
    return 0
  }
}
