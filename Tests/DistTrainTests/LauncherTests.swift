import Foundation
import Testing

import DistTrain

extension EndToEnd {
  /// How the program is started, and what it makes of it.
  @Suite struct Launchers {
    private let folder = TemporaryFolder()
    private var train: [String] {
      ShortRun.flags + ["--stop-after", "1", "--global-batch", "16", "--run", folder.file("run")]
    }

    @Test(arguments: [
      ["PMI_RANK": "0", "PMI_SIZE": "2"], ["PMI_RANK": "1", "PMI_SIZE": "2"],
      ["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "4"],
    ])
    func aLauncherThatMPIDoesNotKnowIsRefused(environment: [String: String]) throws {
      let run = try CommandRun.disttrain(train, environment: environment)
      #expect(run.status == 69, "\(run.errors)")
      // All processes find the same, and the first speaks.
      let speaks = !environment.values.contains("1")
      #expect(run.ownErrors.count == (speaks ? 1 : 0))
      #expect(run.errors.contains("but MPI sees 1 rank") == speaks, "\(run.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
    }

    @Test func aShellOfABatchSystemIsNoLauncher() throws {
      let environment = ["SLURM_PROCID": "1", "SLURM_NTASKS": "8"]
      let help = try CommandRun.disttrain(["--help"], environment: environment)
      #expect(help.status == 0 && help.output.contains("train"))
      let run = try CommandRun.disttrain(train, environment: environment)
      #expect(run.status == 0, "\(run.errors)")
    }

    @Test(arguments: [["OMPI_MCA_pml": "nonsense"], ["OPAL_BINDIR": "/nonexistent"]])
    func anMPIThatCannotStartIsOneLine(environment: [String: String]) throws {
      let whole = environment.merging(["OMPI_MCA_ess_singleton_isolated": "0"]) { $1 }
      let run = try CommandRun.disttrain(train, environment: whole)
      #expect(run.status == 69, "\(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
      #expect(run.errors.hasPrefix("disttrain: MPI cannot start"))
    }

    @Test func aProgramAloneIsOneRankWithoutAnySetting() throws {
      let run = try CommandRun.disttrain(
        train, environment: ["OMPI_MCA_ess_singleton_isolated": "0"])
      #expect(run.status == 0 && run.output.contains("\nranks       1 rank on "), "\(run.errors)")
    }

    @Test func anEmptyEnvironmentIsNoMystery() throws {
      let run = try CommandRun(["env", "-i", CommandRun.disttrain] + train)
      #expect(run.status == 69 && run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    }
  }
}

@Suite struct RankEnvironmentTests {
  @Test(
    arguments: [
      ([:], nil), (["SLURM_PROCID": "3"], nil), (["OMPI_COMM_WORLD_RANK": "1"], nil),
      (["PMI_RANK": "1", "PMI_SIZE": "2"], 1),
      (["OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "3", "SLURM_PROCID": "0"], 2),
      (["SLURM_PROCID": "5", "SLURM_STEP_NUM_TASKS": "8"], 5),
      (["PMI_RANK": "one", "PMI_SIZE": "2"], nil),
    ] as [([String: String], Int?)])
  func aRankIsKnownWithTheNumberOfRanks(environment: [String: String], rank: Int?) {
    #expect(RankEnvironment.launched(environment)?.rank == rank)
  }

  @Test(
    arguments: [
      (
        [
          "OMPI_COMM_WORLD_RANK": "5", "OMPI_COMM_WORLD_SIZE": "8",
          "OMPI_COMM_WORLD_LOCAL_RANK": "2", "SLURM_LOCALID": "0",
        ], 2
      ),
      (["PMI_RANK": "4", "PMI_SIZE": "8", "MPI_LOCALRANKID": "1"], 1),
      (["SLURM_PROCID": "6", "SLURM_STEP_NUM_TASKS": "8", "SLURM_LOCALID": "3"], 3),
      (["PMI_RANK": "4", "PMI_SIZE": "8", "SLURM_LOCALID": "3"], nil),
      (["SLURM_LOCALID": "3"], nil),
    ] as [([String: String], Int?)])
  func aLocalRankComesFromTheLauncherThatGaveTheRank(environment: [String: String], rank: Int?) {
    #expect(RankEnvironment.launched(environment)?.localRank == rank)
  }

  @Test func onlyALonelyRankOfSeveralIsRefused() {
    let two = ["PMI_RANK": "0", "PMI_SIZE": "2"]
    #expect(throws: Failure.self) { try RankEnvironment.checkSize(1, environment: two) }
    for (size, environment) in [(2, two), (1, [:]), (1, ["PMI_RANK": "0", "PMI_SIZE": "1"])] {
      #expect(throws: Never.self) {
        try RankEnvironment.checkSize(size, environment: environment)
      }
    }
  }
}

@Suite struct CollectiveTests {
  /// The standard promises tags up to 32,767, and some networks have few more.
  @Test func tagsStayBelowWhatEveryMPIAllowsAndTellNeighboursApart() {
    for sequence in [0, 1, 2046, 2047, 2048, 524_287, 524_288, 1 << 40] {
      let tags = Collective.allCases.flatMap { collective in
        (sequence...sequence + 2).map { collective.tag(sequence: $0) }
      }
      #expect(tags.allSatisfy { $0 >= 0 && $0 < Collective.reportTag && $0 < 32_767 })
      #expect(Set(tags).count == tags.count)
    }
  }
}
