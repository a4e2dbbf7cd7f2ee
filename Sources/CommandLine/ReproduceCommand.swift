import ArgumentParser
import CProcess
import DistTrain
import Reporting

struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Train all networks of a figure, and draw it beside the published numbers.",
    discussion: """
      plain-vs-residual: plain 20, residual 20 with shortcuts A, B and C.
      increasing-depth: plain and residual A with 20, 32, 44 and 56 layers.

      One job trains one network after the other, each in a run folder of its own. Stopped or killed, \
      the same command goes on, at any number of ranks, to the same bytes.

      EXAMPLES:
        A quarter of the paper's schedule, which takes hours, shows the same:
          disttrain reproduce plain-vs-residual --into r --iterations 16000
        The whole of it, on 8 ranks:
          mpirun -np 8 disttrain reproduce plain-vs-residual --into whole
        Draw what there is:
          disttrain reproduce plain-vs-residual --into r --draw-only
      """)

  enum Selection: SettingSelection {
    static let flags = [
      SettingFlag(Settings.table.recipe),
      SettingFlag(
        Settings.table.iterations, default: "the recipe's; else the rate drops at 1/2 and 3/4 of it"
      ),
      SettingFlag(Settings.table.dataset),
      SettingFlag(Settings.table.evaluateEvery),
    ]
  }

  @Argument(help: "Which figure.")
  var figure: PaperFigure
  @Option(help: "Folder of the run folders, the figure, the table and the summary.")
  var into: String
  @Option(help: "Seeds, each of which trains all networks. (default: 1)")
  var seeds: NumberList<UInt64>?
  @Flag(help: "Draw what is there, and train nothing.")
  var drawOnly = false
  @OptionGroup(title: "Training") var settings: SettingFlags<Selection>
  @Option(
    help: """
      Folder with the official binary batches. (default: as for train)
      """)
  var data: String?
  @Option(help: "Iterations between checkpoints.")
  var checkpointEvery = TrainingRequest().checkpointEvery
  @Option(help: "Seconds after which the watchdog ends a collective that hangs.")
  var timeout = TrainingRequest().timeout

  func validate() throws {
    try usage { () throws(Failure) in try request.check() }
  }

  func run() {
    cprocess_catch_stop_signals()
    withCommunicator(timeout: timeout) { (communicator) throws(Failure) in
      if !drawOnly {
        if communicator.rank == 0 { warnWithoutGnuplot() }
        try Reproduction(request, communicator: communicator).run()
      }
      try communicator.together(.saving) { () throws(Failure) in
        if communicator.rank == 0 { try draw() }
      }
    }
  }

  private func draw() throws(Failure) {
    for file in try ReproductionReport(figure, in: into).write() { Output.console.say(file) }
  }

  /// Says before hours of training what its end will lack.
  private func warnWithoutGnuplot() {
    do throws(Failure) {
      try ReproductionReport.requireGnuplot()
    } catch {
      Output.console.warn("\(error.message); what is trained until then is drawn with --draw-only")
    }
  }

  private var request: ReproductionRequest {
    var request = ReproductionRequest(figure)
    request.folder = into
    request.seeds = seeds?.numbers ?? request.seeds
    request.settings = settings.given
    request.dataFolder = data
    request.checkpointEvery = checkpointEvery
    request.timeout = timeout
    request.output = Output.console
    request.isStopRequested = { cprocess_is_stop_requested() != 0 }
    return request
  }
}

extension PaperFigure: ExpressibleByArgument {}
