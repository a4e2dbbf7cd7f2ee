import ArgumentParser
import DistTrain

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Say what a trained network sees in images.",
    discussion: """
      Images may have any size, as PNG, JPEG, GIF, BMP, TIFF, WebP or PNM: the square in the middle is \
      resized to the network's side, and what is transparent is put on white. Needs ImageMagick. \
      Under mpirun rank 0 works, and the others wait.
      """)

  @Argument(help: "Image files.")
  var images: [String]
  @OptionGroup(title: "Network") var network: EvaluatedNetworkFlags
  @OptionGroup(title: "Data") var data: EvaluatedDataFlags
  @Option(help: "How many of the likeliest classes are told of each image.")
  var top = 5
  @Flag(help: "Print one JSON array.")
  var json = false

  func validate() throws {
    try usage { () throws(Failure) in
      if top < 1 { throw Failure(.usage, "--top \(top) is below 1; give at least 1") }
      try request.check()
    }
  }

  func run() {
    withCommunicator(timeout: patienceWithOneRank, outputIsResult: true) {
      (communicator) throws(Failure) in
      try communicator.together { () throws(Failure) in
        if communicator.rank == 0 { try predict() }
      }
    }
  }

  private func predict() throws(Failure) {
    let result = try PredictionRun(request, images: images, top: top).run()
    if json || !result.predictions.isEmpty {
      try Output.printResult(json ? result.jsonText() : result.text)
    }
    guard let first = result.failures.first else { return }
    if result.failures.count == 1 { throw first }
    for failure in result.failures { Output.warn("disttrain: \(failure.message)") }
    throw Failure(
      first.kind, "\(result.failures.count) of \(images.count) images could not be read")
  }

  private var request: EvaluationRequest {
    EvaluationRequest(network: network, data: data)
  }
}

extension EvaluationRequest {
  /// What flags say of a file of weights.
  init(network: EvaluatedNetworkFlags, data: EvaluatedDataFlags) {
    self.init()
    weights = network.weights
    settings = PartialConfiguration(network.settings.given, data.settings.given)
    dataFolder = data.data
    warn = Output.console.warn
  }
}
