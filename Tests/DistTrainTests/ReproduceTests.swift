import Foundation
import Testing

import DistTrain
import Reporting

@Suite struct ReproductionTests {
  private let folder = TemporaryFolder()

  @Test func theFiguresHaveThePapersNetworks() {
    #expect(
      PaperFigure.plainVersusResidual.networks.map(\.name) == [
        "plain-20", "residual-20-A", "residual-20-B", "residual-20-C",
      ])
    #expect(
      PaperFigure.increasingDepth.networks.map(\.name) == [
        "plain-20", "residual-20-A", "plain-32", "residual-32-A", "plain-44", "residual-44-A",
        "plain-56", "residual-56-A",
      ])
  }

  /// Makes the folder of a run that was evaluated at its only iterations.
  private func makeRun(_ name: String, seed: UInt64, errors: [Double]) throws {
    let configuration = try Configuration(.paper) {
      $0.network = .plain
      $0.iterations = 2
      $0.milestones = [1]
      $0.evaluateEvery = 1
      $0.seed = seed
    }
    let run = folder.file(name)
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
    let evaluation = errors.enumerated().map { "\($0 + 1),0.01,0.3,2.5,\($1)\n" }.joined()
    for (file, text) in [
      ("config.json", try configuration.jsonText()),
      ("train.csv", "iteration,epoch,learning_rate,loss,error\n"),
      ("evaluation.csv", "iteration,epoch,train_error,test_loss,test_error\n" + evaluation),
      ("hashes.csv", "iteration,weights_sha256\n2,\(String(repeating: "a", count: 64))\n"),
      ("timing.csv", "iteration,ranks,seconds,images_per_second\n2,3,7200.0,1.0\n"),
    ] {
      try text.write(toFile: "\(run)/\(file)", atomically: true, encoding: .utf8)
    }
  }

  @Test func theSummaryHasMeansAndDeviationsOfSeeds() throws {
    try makeRun("plain-20-seed1", seed: 1, errors: [0.08, 0.10])
    try makeRun("plain-20-seed2", seed: 2, errors: [0.13, 0.12])
    let text = try ReproductionReport(.plainVersusResidual, in: folder.path).summaryText()
    // The deviation of 10 and 12 about 11, and of 8 and 12 about 10, with one degree of freedom.
    #expect(
      text.contains(
        "| plain 20 (2 seeds) | 2 | 11.00 ± 1.41 | 10.00 ± 2.83 | 30.00 ± 0.00 | ~9.5 | 12.27 |"),
      "\(text)")
    #expect(
      text.contains("| plain-20-seed2 | 2 of 2 | 12.00 | 12.00 | 3 | 2.00 | `aaaa"), "\(text)")
  }

  @Test func aRunThatIsNotDoneIsToldWithItsIteration() throws {
    try makeRun("plain-20-seed1", seed: 1, errors: [0.08])
    let text = try ReproductionReport(.plainVersusResidual, in: folder.path).summaryText()
    #expect(text.contains("| plain 20 (at 1 of 2) | 1 | 8.00 | 8.00 |"), "\(text)")
  }

  @Test func aFolderWithoutRunsCannotBeDrawn() {
    #expect(throws: Failure.self) {
      _ = try ReproductionReport(.increasingDepth, in: folder.path)
    }
  }
}

extension EndToEnd {
  @Suite struct Reproduce {
    private let folder = TemporaryFolder()

    @Test func whatCannotBeReproducedIsSaidAtOnce() throws {
      for (arguments, words) in [
        (["figure-6", "--into", "x"], "figure-6"), (["plain-vs-residual"], "--into"),
        (["plain-vs-residual", "--into", "x", "--seeds", "1,1"], "--seeds 1,1"),
        (["plain-vs-residual", "--into", "x", "--iterations", "0"], "--iterations 0"),
        (["plain-vs-residual", "--into", "x", "--checkpoint-every", "0"], "--checkpoint-every 0"),
      ] {
        let result = try CommandRun.disttrain(["reproduce"] + arguments)
        #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
      }
      let drawn = try CommandRun.disttrain(
        ["reproduce", "increasing-depth", "--into", folder.file("none"), "--draw-only"])
      #expect(drawn.status == 66, "\(drawn.errors)")
    }
  }
}

extension EndToEnd.More {
  @Suite struct ReproduceInPieces {
    private let folder = TemporaryFolder()
    private static let networks = PaperFigure.plainVersusResidual.networks.map {
      "\($0.name)-seed1"
    }

    private func command(_ name: String, iterations: Int = 4) -> [String] {
      [
        "reproduce", "plain-vs-residual", "--into", folder.file(name), "--dataset", "synthetic",
        "--iterations", "\(iterations)", "--evaluate-every", "2", "--checkpoint-every", "1",
      ]
    }

    @Test func killedAndContinuedAtOtherRanksItHasTheSameBytes() throws {
      let whole = try CommandRun.disttrain(command("whole"))
      #expect(whole.status == 0, "\(whole.errors)")
      #expect(whole.output.contains("in all about "))

      // Killed in the second network, continued by three ranks.
      let killed = try RunningCommand([CommandRun.disttrain] + command("pieces"))
      let checkpoint = "\(folder.file("pieces"))/\(Self.networks[1])/checkpoints/"
      #expect(
        killed.wait {
          FileManager.default.fileExists(atPath: checkpoint + "step-00000002.safetensors")
        })
      kill(killed.process.processIdentifier, SIGKILL)
      _ = killed.finish(timeout: 60)
      let rest = try CommandRun.disttrain(command("pieces"), ranks: 3)
      #expect(rest.status == 0, "\(rest.errors)")
      #expect(rest.output.contains("  plain-20-seed1: finished\n"), "\(rest.output)")

      for network in Self.networks {
        for file in [
          "config.json", "train.csv", "evaluation.csv", "hashes.csv", "model.safetensors",
          "best.safetensors", "checkpoints/step-00000004.safetensors",
        ] {
          let name = "\(network)/\(file)"
          let found = difference(
            "\(folder.file("whole"))/\(name)", "\(folder.file("pieces"))/\(name)")
          #expect(found == nil, "\(found ?? "")")
        }
      }
      // The drawing knows of seconds, which differ, in the summary only.
      for file in ["figure.svg", "table.svg"] {
        let found = difference(
          "\(folder.file("whole"))/\(file)", "\(folder.file("pieces"))/\(file)")
        #expect(found == nil, "\(found ?? "")")
      }
      let configuration = fileText("\(folder.file("whole"))/plain-20-seed1/config.json")
      #expect(configuration.filter { !$0.isWhitespace }.contains(#""milestones":[2,3]"#))

      // Published runs come without checkpoints; one that lacks its weights is not finished.
      let published = "\(folder.file("pieces"))/\(Self.networks[2])"
      try FileManager.default.removeItem(atPath: "\(published)/checkpoints")
      let again = try CommandRun.disttrain(command("pieces"))
      #expect(again.status == 0 && again.output.contains("all 4 trainings are finished"))
      try FileManager.default.removeItem(atPath: "\(published)/model.safetensors")
      let lacking = try CommandRun.disttrain(command("pieces"))
      #expect(lacking.status == 74 && lacking.errors.contains("\(published)/checkpoints"))

      let other = try CommandRun.disttrain(command("pieces", iterations: 5))
      #expect(other.status == 64 && other.ownErrors.first?.contains("use another --into") == true)
    }
  }
}
