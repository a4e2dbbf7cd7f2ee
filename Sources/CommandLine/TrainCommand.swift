import ArgumentParser
import CProcess
import DistTrain

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a network, or continue a training.",
    discussion: """
      A run goes into a folder of its own. A signal stops it after a checkpoint, with the exit code \
      75; so does --time-limit. --resume goes on, to the bytes of a run that was never stopped. \
      Flags beat the recipe.

      EXAMPLES:
        The paper's ResNet-56, on 8 ranks:
          mpirun -np 8 disttrain train --depth 56 --run r56
        In a batch job of an hour, repeated until it ends with 0:
          mpirun -np 8 disttrain train --run r56 --resume --time-limit 55
        Three epochs without any files of images:
          disttrain train --dataset synthetic --iterations 1173
        Longer, from the last checkpoint of another run:
          disttrain train --depth 56 --from LAST --iterations 80000 --run r80
      """)

  @OptionGroup(title: SettingGroup.network.title) var network: NetworkFlags
  @OptionGroup(title: SettingGroup.data.title) var data: DataFlags
  @OptionGroup(title: SettingGroup.batch.title) var batch: SettingFlags<BatchSettings>
  @OptionGroup(title: SettingGroup.schedule.title)
  var schedule: SettingFlags<ScheduleSettings>
  @OptionGroup(title: SettingGroup.run.title) var recording: RunFlags

  func validate() throws {
    try usage { () throws(Failure) in try request.check() }
  }

  func run() {
    cprocess_catch_stop_signals()
    withCommunicator(timeout: request.timeout) { (communicator) throws(Failure) in
      try TrainingRun(request, communicator: communicator).run()
    }
  }

  private var request: TrainingRequest {
    var request = TrainingRequest()
    request.settings = PartialConfiguration(
      network.settings.given, data.settings.given, batch.given, schedule.given,
      recording.settings.given)
    request.dataFolder = data.data
    request.initialWeights = network.initWeights
    request.from = network.from
    request.runFolder = recording.run
    request.resumes = recording.resume
    request.stopAfter = recording.stopAfter
    request.timeLimit = recording.timeLimit
    request.checkpointEvery = recording.checkpointEvery
    request.keep = recording.keep
    request.writesTensorBoardEvents = recording.tensorboard
    request.timeout = recording.timeout ?? request.timeout
    request.output = Output.console
    request.isStopRequested = { cprocess_is_stop_requested() != 0 }
    return request
  }
}

/// Turns a usage failure into the parser's, which prints the usage after it.
func usage(_ body: () throws(Failure) -> Void) throws {
  do throws(Failure) {
    try body()
  } catch {
    throw ValidationError(error.message)
  }
}

enum BatchSettings: SettingSelection { static let flags = SettingFlag.all(of: .batch) }
enum ScheduleSettings: SettingSelection { static let flags = SettingFlag.all(of: .schedule) }

struct NetworkFlags: ParsableArguments {
  enum Selection: SettingSelection { static let flags = SettingFlag.all(of: .network) }

  @OptionGroup var settings: SettingFlags<Selection>
  @Option(help: "A safetensors file of initial weights. (default: drawn from the seed)")
  var initWeights: String?
  @Option(
    help: """
      A checkpoint of another run of this network, whose weights, momentum and iteration the new run \
      begins with. (default: none)
      """)
  var from: String?
}

struct DataFlags: ParsableArguments {
  enum Selection: SettingSelection { static let flags = SettingFlag.all(of: .data) }

  @OptionGroup var settings: SettingFlags<Selection>
  @Option(
    help: """
      Folder with the official binary batches. (default: \(DatasetDescription.defaultFolders))
      """)
  var data: String?
}

struct RunFlags: ParsableArguments {
  enum Selection: SettingSelection { static let flags = SettingFlag.all(of: .run) }
  private static let defaults = TrainingRequest()

  @Option(help: "Run folder. (default: runs/<network>-<time>)")
  var run: String?
  @Flag(help: "Continue the newest sound checkpoint in --run, at any number of ranks.")
  var resume = false
  @Option(help: "Stop after this many completed iterations with a checkpoint. (default: never)")
  var stopAfter: Int?
  @Option(
    help: """
      Minutes after which to stop with a checkpoint and the exit code 75, for --resume to go on. \
      (default: none)
      """)
  var timeLimit: Double?
  @OptionGroup var settings: SettingFlags<Selection>
  @Option(help: "Iterations between checkpoints.")
  var checkpointEvery = Self.defaults.checkpointEvery
  @Option(help: "Checkpoints that are kept.")
  var keep = Self.defaults.keep
  @Flag(help: "Write events for TensorBoard beside the logs.")
  var tensorboard = false
  @Option(help: TimeoutHelp.text)
  var timeout: Double?
}

/// What `--timeout` is, for the commands that have it.
enum TimeoutHelp {
  static let text = ArgumentHelp(
    """
    Seconds after which the watchdog ends a collective that hangs. (default: \
    \(Int(TrainingRequest.defaultTimeout)))
    """)
}
