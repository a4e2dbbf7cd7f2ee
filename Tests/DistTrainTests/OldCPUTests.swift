import Foundation
import Testing

private let hasQEMU =
  (try? CommandRun(["qemu-x86_64", "--version"]))?.status == 0

extension EndToEnd.More {
  /// The program on an emulated CPU of 2008, which has neither FMA nor AVX.
  @Suite(.enabled(if: hasQEMU, "needs qemu-x86_64, of the package qemu-user")) struct OldCPU {
    @Test func aMissingFeatureIsNamedInsteadOfAnIllegalInstruction() throws {
      let folder = TemporaryFolder()
      let path = folder.file("run")
      let ended = try CommandRun([
        "qemu-x86_64", "-cpu", "Nehalem", CommandRun.disttrain, "train", "--dataset", "synthetic",
        "--depth", "8", "--iterations", "1", "--run", path,
      ])
      #expect(ended.status == 69, "\(ended.errors)")
      #expect(ended.output.isEmpty)
      let lines = ended.errors.split(separator: "\n")
      #expect(lines.count == 1 && ended.ownErrors.count == 1, "\(ended.errors)")
      // As GCC names them.
      #expect(ended.errors.contains(" avx2, fma, "), "\(ended.errors)")
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }
}
