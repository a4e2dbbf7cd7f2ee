import ArgumentParser
import DistTrain
import ResNet

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
    request.network = network.network
    request.convolution = network.convolution
    request.dataFolder = data.data
    request.dataset = data.dataset
    request.normalize = data.normalize
    request.mean = data.mean?.numbers
    request.std = data.std?.numbers
    request.timeout = output.timeout
    request.warn = Output.console.warn
    return request
  }
}

struct EvaluatedNetworkFlags: ParsableArguments {
  @Option(help: "A safetensors file: model.safetensors, or one written elsewhere.")
  var weights: String
  @Option(help: "Plain or residual. (default: the file's, else residual)")
  var network: Architecture.Kind?
  @Option(help: "Convolution kernels.")
  var convolution = Configuration.Convolution.vector
}

struct EvaluatedDataFlags: ParsableArguments {
  @Option(help: "cifar10, cifar100 or synthetic. (default: the file's)")
  var dataset: Configuration.DatasetName?
  @Option(
    help: """
      Folder with the official binary batches; the test batch is enough, unless means have to be \
      computed. (default: as for train)
      """)
  var data: String?
  @Option(
    help: """
      pixel-mean, channel-mean, image-mean or channel-mean-std. (default: the file's, or \
      channel-mean-std with --mean or --std)
      """)
  var normalize: Configuration.Normalization?
  @Option(
    help: "Channel means r,g,b of bytes/255, in 0…1. (default: the file's, else the data's)")
  var mean: NumberList<Double>?
  @Option(
    help: "Channel deviations r,g,b of bytes/255, in (0, 1]. (default: the file's, else the data's)"
  )
  var std: NumberList<Double>?
}

struct EvaluationOutputFlags: ParsableArguments {
  @Flag(help: "Print one JSON object.")
  var json = false
  @Option(help: "Seconds after which the watchdog ends a collective that hangs.")
  var timeout = 300.0
}
