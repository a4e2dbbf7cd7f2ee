import ArgumentParser
import DistTrain
import Foundation
import ResNet

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Evaluate a file of weights on the whole test set.")

  @Option(help: "A safetensors file: model.safetensors, or one written elsewhere.")
  var weights: String
  @Option(help: "Folder with the official binary batches. (default: as for train)")
  var data: String?
  @Option(help: "cifar10, cifar100 or synthetic. (default: the file's)")
  var dataset: Configuration.DatasetName?
  @Option(help: "Plain or residual. (default: the file's, else residual)")
  var network: Architecture.Kind?
  @Option(help: "pixel-mean, channel-mean, image-mean or channel-mean-std. (default: the file's)")
  var normalize: Configuration.Normalization?
  @Option(help: "Channel means r,g,b of bytes/255 for channel-mean-std. (default: the data's)")
  var mean: NumberList<Double>?
  @Option(help: "Channel deviations r,g,b for channel-mean-std. (default: the data's)")
  var std: NumberList<Double>?
  @Option(help: "Convolution kernels.")
  var convolution = Configuration.Convolution.vector
  @Option(help: "Seconds after which the watchdog ends a collective that hangs.")
  var timeout = 300.0
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    try usage { () throws(Failure) in try request.check() }
  }

  func run() {
    withCommunicator(timeout: timeout) { (communicator) throws(Failure) in
      let result = try EvaluationRun(request, communicator: communicator).run()
      if communicator.rank == 0 {
        try Output.printResult(json ? jsonText(result) : text(result))
      }
    }
  }

  private var request: EvaluationRequest {
    var request = EvaluationRequest()
    request.weights = weights
    request.dataFolder = data
    request.dataset = dataset
    request.network = network
    request.normalize = normalize
    request.mean = mean?.numbers
    request.std = std?.numbers
    request.convolution = convolution
    request.timeout = timeout
    return request
  }

  private func text(_ result: EvaluationResult) -> String {
    String(
      format: "test error %.2f %% (%d of %d), loss %.4f", 100 * result.error, result.errors,
      result.images, result.loss)
  }

  private func jsonText(_ result: EvaluationResult) -> String {
    let percent = Double(100 * result.errors) / Double(result.images)
    return "{\"errors\": \(result.errors), \"images\": \(result.images), "
      + "\"error_percent\": \(percent), \"loss\": \(result.loss)}"
  }
}
