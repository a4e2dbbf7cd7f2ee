import ArgumentParser
import CProcess
import DistTrain

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Prove that numbers of ranks train to the same bits, or repeat a published run.",
    discussion: """
      Starts trainings with this MPI's own mpirun, one after the other, and compares their logs, \
      hashes and weights. Ends with 0 where all are equal, and with 70 and the first difference \
      where they are not.

      EXAMPLES:
        Does this machine give the same bits at 1, 2, 3 and 5 ranks?
          disttrain verify
        Can a published run's first epoch be repeated here, on 1 rank and on 3?
          disttrain verify --published results/pvr/plain-20-seed1 --ranks 1,3
      """)

  @Option(
    help: """
      Numbers of ranks. (default: 1,2,3,5; with --published one rank a core, as far as there are micro-shards)
      """)
  var ranks: NumberList<Int>?
  @Option(help: "Folder of a published run, whose first iterations are repeated and compared.")
  var published: String?
  @Option(
    help:
      "Iterations that are repeated of a published run. (default: 391, or its schedule where that is shorter)"
  )
  var iterations: Int?
  @Option(
    help: """
      Folder with the official binary batches, for a published run. (default: as for train)
      """)
  var data: String?

  func validate() throws {
    if published == nil && (iterations != nil || data != nil) {
      throw ValidationError(
        "--iterations and --data are for a published run; name it with --published")
    }
    if RankEnvironment.isLaunched {
      throw ValidationError("verify starts mpirun itself; run it without mpirun or srun")
    }
    if published == nil, let ranks {
      try usage { () throws(Failure) in _ = try verification(of: ranks) }
    }
  }

  func run() {
    cprocess_catch_stop_signals()
    withoutRanks { () throws(Failure) in
      try Output.requireOpen()
      if let published {
        try publishedRun(published).run()
      } else {
        try verification(of: ranks ?? NumberList([1, 2, 3, 5])).run()
      }
    }
  }

  private func verification(of ranks: NumberList<Int>) throws(Failure) -> RankVerification {
    try RankVerification(
      ranks: ranks.numbers, isStopRequested: { cprocess_is_stop_requested() != 0 },
      say: Output.printResult)
  }

  private func publishedRun(_ folder: String) throws(Failure) -> PublishedRunVerification {
    var request = PublishedRunVerification.Request()
    request.folder = folder
    request.iterations = iterations
    request.ranks = ranks?.numbers
    request.dataFolder = data
    request.isStopRequested = { cprocess_is_stop_requested() != 0 }
    return try PublishedRunVerification(request, say: Output.printResult)
  }
}
