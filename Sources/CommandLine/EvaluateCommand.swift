import ArgumentParser
import DistTrain
import Foundation

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Evaluate a file of weights on the whole test set.",
    discussion: """
      Network and normalisation are the file's, where it says them. The output is the same at any \
      number of ranks.

      EXAMPLES:
        disttrain evaluate --weights runs/56/model.safetensors
        mpirun -np 4 disttrain evaluate --weights best.safetensors --json
        disttrain evaluate --weights theirs.safetensors --normalize image-mean
      """)

  @OptionGroup(title: "Network") var network: EvaluatedNetworkFlags
  @OptionGroup(title: "Data") var data: EvaluatedDataFlags
  @OptionGroup(title: "Output and ranks") var output: EvaluationOutputFlags

  func validate() throws {
    try usage { () throws(Failure) in try request.check() }
  }

  func run() {
    withCommunicator(timeout: request.timeout, outputIsResult: true) {
      (communicator) throws(Failure) in
      let report = EvaluationReport(try EvaluationRun(request, communicator: communicator).run())
      if communicator.rank == 0 {
        try Output.printResult(output.json ? report.jsonText() : report.text)
      }
    }
  }

  private var request: EvaluationRequest {
    var request = EvaluationRequest(network: network, data: data)
    request.timeout = output.timeout ?? request.timeout
    request.progress = { part in
      LiveDisplay.draw(on: STDERR_FILENO) { LiveLine(evaluated: part) }
    }
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
  @Option(help: TimeoutHelp.text)
  var timeout: Double?
}
