import ArgumentParser
import DistTrain

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Evaluate a file of weights on the whole test set.")

  @OptionGroup(title: "Network") var network: EvaluatedNetworkFlags
  @OptionGroup(title: "Data") var data: EvaluatedDataFlags
  @OptionGroup(title: "Output and ranks") var output: EvaluationOutputFlags

  func validate() throws {
    try usage { () throws(Failure) in try request.check() }
  }

  func run() {
    withCommunicator(timeout: output.timeout, outputIsResult: true) {
      (communicator) throws(Failure) in
      let report = EvaluationReport(try EvaluationRun(request, communicator: communicator).run())
      if communicator.rank == 0 {
        try Output.printResult(output.json ? report.jsonText() : report.text)
      }
    }
  }

  private var request: EvaluationRequest {
    var request = EvaluationRequest()
    request.weights = network.weights
    request.settings = PartialConfiguration(network.settings.given, data.settings.given)
    request.dataFolder = data.data
    request.timeout = output.timeout
    request.warn = Output.console.warn
    return request
  }
}

struct EvaluatedNetworkFlags: ParsableArguments {
  enum Selection: SettingSelection {
    static let flags = [
      SettingFlag(Settings.table.network, default: "the file's, else residual"),
      SettingFlag(Settings.table.convolution),
    ]
  }

  @Option(help: "A safetensors file: model.safetensors, or one written elsewhere.")
  var weights: String
  @OptionGroup var settings: SettingFlags<Selection>
}

struct EvaluatedDataFlags: ParsableArguments {
  enum Selection: SettingSelection {
    static let flags = [
      SettingFlag(Settings.table.dataset, default: "the file's"),
      SettingFlag(
        Settings.table.normalization,
        default: "the file's, or channel-mean-std with --mean or --std"),
      SettingFlag(Settings.table.mean, default: "the file's, else the data's"),
      SettingFlag(Settings.table.std, default: "the file's, else the data's"),
    ]
  }

  @OptionGroup var settings: SettingFlags<Selection>
  @Option(
    help: """
      Folder with the official binary batches; the test batch is enough, unless means have to be \
      computed. (default: as for train)
      """)
  var data: String?
}

struct EvaluationOutputFlags: ParsableArguments {
  @Flag(help: "Print one JSON object.")
  var json = false
  @Option(help: "Seconds after which the watchdog ends a collective that hangs.")
  var timeout = TrainingRequest.defaultTimeout
}
