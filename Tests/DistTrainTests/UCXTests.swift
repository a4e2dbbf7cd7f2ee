import Foundation
import Testing

let hasUCX =
  (try? CommandRun(["ompi_info"]))?.output.contains("MCA pml: ucx") ?? false

extension EndToEnd.More {
  /// UCX has fewer tags for messages than the transports that mpirun takes by default.
  @Suite(.enabled(if: hasUCX, "mpirun has no pml ucx")) struct UCX {
    /// Flags of mpirun, for ranks of one host.
    static let transport = [
      "--mca", "pml", "ucx", "--mca", "pml_ucx_tls", "any", "--mca", "pml_ucx_devices", "any",
      "-x", "UCX_TLS=sm,self",
    ]

    private let folder = TemporaryFolder()

    /// So many iterations that a tag each for their collectives would not do.
    private func train(_ transport: [String], run: String) throws -> CommandRun {
      try CommandRun(
        CommandRun.mpirun(
          2,
          transport + [
            CommandRun.disttrain, "train", "--dataset", "synthetic", "--depth", "8",
            "--global-batch", "2", "--micro-shards", "2", "--lr", "0.001", "--iterations", "20000",
            "--evaluate-every", "0", "--log-every", "1000", "--run", folder.file(run),
          ]), timeout: 1200)
    }

    @Test func aLongTrainingEndsWithTheBitsOfTheDefaultTransport() throws {
      let ucx = try train(Self.transport, run: "ucx")
      #expect(ucx.status == 0, "\(ucx.errors)")
      let ob1 = try train(["--mca", "pml", "ob1"], run: "ob1")
      #expect(ob1.status == 0, "\(ob1.errors)")
      #expect(ucx.lastLine.hasPrefix("weights sha256 ") && ucx.lastLine == ob1.lastLine)
    }
  }
}
