import ArgumentParser
import DistTrain

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a trained network in the format of other programs.",
    discussion: """
      The ONNX model takes images as bytes/255, [N, 3, 32, 32], normalises them, and gives logits. \
      Under mpirun rank 0 works, and the others wait.
      """)

  @OptionGroup(title: "Network") var network: EvaluatedNetworkFlags
  @OptionGroup(title: "Data") var data: EvaluatedDataFlags
  @Option(help: "The ONNX file to write.")
  var onnx: String

  func validate() throws {
    try usage { () throws(Failure) in try request.check() }
  }

  func run() {
    withCommunicator(timeout: patienceWithOneRank) { (communicator) throws(Failure) in
      try communicator.together { () throws(Failure) in
        if communicator.rank == 0 { try WeightsModel(request).writeONNX(to: onnx) }
      }
    }
  }

  private var request: EvaluationRequest {
    EvaluationRequest(network: network, data: data)
  }
}
