import Foundation
import Testing

extension EndToEnd.More {
  /// The same bits from builds for other CPUs.
  @Suite struct InstructionSets {
    private func build(_ instructionSet: String) throws -> String {
      try buildProduct(instructionSet, environment: ["DISTTRAIN_MARCH": instructionSet])
    }

    private static let hasAVX512 = fileText("/proc/cpuinfo").contains("avx512vl")

    @Test(.enabled(if: hasAVX512, "this CPU has no AVX-512"))
    func avx2AndAVX512TrainToTheSameBits() throws {
      let narrow = try build("x86-64-v3")
      let wide = try build("x86-64-v4")
      #expect(difference(narrow, wide) != nil)
      for flags in [
        ["--depth", "8", "--iterations", "4", "--shortcut", "C"],
        ["--depth", "20", "--iterations", "2"],
      ] {
        let folder = TemporaryFolder()
        let runs = try [narrow, wide].enumerated().map { index, program in
          try CommandRun(
            [program, "train", "--dataset", "synthetic", "--log-every", "1", "--evaluate-every"]
              + ["2", "--run", folder.file("\(index)")] + flags)
        }
        #expect(runs[0].status == 0 && runs[1].status == 0, "\(runs[0].errors)\(runs[1].errors)")
        #expect(runs[0].lastLine.hasPrefix("weights sha256 "))
        #expect(runs[0].lastLine == runs[1].lastLine, "\(flags)")
        for log in ["train.csv", "evaluation.csv"] {
          #expect(difference(folder.file("0/\(log)"), folder.file("1/\(log)")) == nil)
        }
      }
    }
  }
}
