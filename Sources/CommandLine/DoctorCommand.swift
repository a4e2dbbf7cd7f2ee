import ArgumentParser
import DistTrain

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what of this machine matters for a training, and what to do where it is wrong.",
    discussion: """
      Tries MPI and the file system of the run folder, reads the images, and compares cores, memory \
      and limits with what a training takes. Ends with 69 where something is wrong, and with 0 where \
      there are only warnings. Under mpirun rank 0 looks at its own host, and the others wait.

      EXAMPLES:
        disttrain doctor
        disttrain doctor --depth 110 --ranks 8 --run /scratch/runs/110
        mpirun --hostfile hostfiles/example disttrain doctor
      """)

  enum DatasetSettings: SettingSelection {
    static let flags = [SettingFlag(Settings.table.dataset)]
  }

  @OptionGroup(title: "Network") var network: SettingFlags<BenchNetworkSettings>
  @OptionGroup(title: "Batch") var batch: SettingFlags<BatchSettings>
  @OptionGroup(title: "Data") var dataset: SettingFlags<DatasetSettings>
  @Option(help: "Folder with the official binary batches. (default: as for train)")
  var data: String?
  @Option(
    help: """
      Ranks on this machine. (default: one per physical core, as far as there are micro-shards)
      """)
  var ranks: Int?
  @Option(
    name: .customLong("run"), help: "Run folder, or where it would be. (default: runs)",
    completion: .directory)
  var runFolder: String?
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    try usage { () throws(Failure) in
      if ranks != nil && RankEnvironment.isLaunched {
        throw Failure(.usage, "--ranks is the launcher's number; leave it out under mpirun or srun")
      }
      if let ranks, ranks < 1 {
        throw Failure(.usage, "--ranks \(ranks) is below 1; give 1 or more")
      }
      _ = try request().configuration.partition(ofRank: 0, of: ranks ?? 1)
    }
  }

  /// Without a launcher it does without MPI, of which it may have to tell what is wrong.
  func run() {
    if !RankEnvironment.isLaunched {
      withoutRanks { () throws(Failure) in try diagnose(try request()) }
    }
    withCommunicator(timeout: patienceWithOneRank, outputIsResult: true) {
      (communicator) throws(Failure) in
      try communicator.together { () throws(Failure) in
        if communicator.rank > 0 { return }
        try diagnose(try request(job: communicator.topology))
      }
    }
  }

  private func diagnose(_ request: Diagnosis.Request) throws(Failure) {
    try Output.requireOpen()
    let diagnosis = try Diagnosis(request)
    try Output.printResult(json ? try diagnosis.jsonText() : diagnosis.text)
    if let failure = diagnosis.failure { throw failure }
  }

  private func request(job: HostTopology? = nil) throws(Failure) -> Diagnosis.Request {
    var request = Diagnosis.Request(
      try Configuration(PartialConfiguration(network.given, batch.given, dataset.given)))
    request.ranks = ranks
    request.job = job
    request.runFolder = runFolder
    request.dataFolder = data
    return request
  }
}
