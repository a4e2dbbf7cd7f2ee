import Foundation
import Testing

extension EndToEnd.More {
  /// Short forms of the scripts in `Proofs`.
  @Suite struct Proofs {
    /// Seconds that the watchdog's end may take on a crowded machine, where timing decides nothing.
    private static let margin = "120"

    private func prove(_ name: String, _ flags: [String]) throws -> CommandRun {
      try CommandRun(
        ["python3", "-B", "\(packageFolder)/Proofs/\(name)"] + flags, timeout: 1200)
    }

    @Test func trainingsThatAreKilledEndAsUndisturbedOnes() throws {
      let proof = try prove(
        "kills", ["--kills", "4", "--seed", "1", "--program", CommandRun.disttrain])
      #expect(proof.status == 0, "\(proof.output)\(proof.errors)")
      #expect(proof.output.hasPrefix("4 kills in "), "\(proof.output)")
      #expect(proof.output.hasSuffix("differences: 0\n"))
    }

    @Test func callsThatFailLoseNoRun() throws {
      let proof = try prove(
        "faults", ["--sample", "20", "--seed", "1", "--program", CommandRun.disttrain])
      #expect(proof.status == 0, "\(proof.output)\(proof.errors)")
      #expect(proof.output.hasPrefix("20 of "), "\(proof.output)")
      #expect(proof.output.hasSuffix("wrong: 0\n"))
    }

    @Test func trainingsThatLosePowerEndAsUndisturbedOnes() throws {
      let proof = try prove(
        "powerloss",
        ["--trainings", "2", "--sample", "8", "--seed", "1", "--program", CommandRun.disttrain])
      #expect(proof.status == 0, "\(proof.output)\(proof.errors)")
      #expect(proof.output.hasPrefix("2 trainings, seed 1\n"), "\(proof.output)")
      #expect(proof.output.hasSuffix("wrong: 0\n"))
    }

    /// A disk on which `fsync` does nothing.
    @Test func whatIsNotSynchronisedIsFoundToBeLost() throws {
      let proof = try prove(
        "powerloss",
        [
          "--trainings", "1", "--sample", "8", "--seed", "1", "--without-fsync", "--program",
          CommandRun.disttrain,
        ])
      #expect(proof.status == 1, "\(proof.output)\(proof.errors)")
      #expect(proof.output.contains(" ended with 65: disttrain: "), "\(proof.output)")
    }

    @Test func stoppedRanksAreNamedAndEndAllOthers() throws {
      let proof = try prove(
        "stopped",
        [
          "--trials", "3", "--ranks", "3", "--margin", Self.margin, "--seed", "1", "--program",
          CommandRun.disttrain,
        ])
      #expect(proof.status == 0, "\(proof.output)\(proof.errors)")
      #expect(proof.output.hasPrefix("timeout 8 s, seed 1"), "\(proof.output)")
      #expect(proof.output.hasSuffix("wrong: 0\n"))
    }

    @Test(
      .enabled(
        if: NetworkNamespaces.arePermitted,
        "needs network namespaces: root on a machine with ip, rather than in a container"))
    func runsOutliveHostsAndLinks() throws {
      let cases = ["rank stopped", "cut in a step, SETTINGS", "keep, a host vanishes"]
      let proof = try prove(
        "hosts",
        cases.flatMap { ["--case", $0] }
          + [
            "--trials", "1", "--margin", Self.margin, "--seed", "1", "--program",
            CommandRun.disttrain,
          ])
      #expect(proof.status == 0, "\(proof.output)\(proof.errors)")
      #expect(cases.allSatisfy { proof.output.contains("\n\($0) ") }, "\(proof.output)")
      #expect(proof.output.hasSuffix("wrong: 0\n"))
    }

    @Test func aLongTrainingsMemoryIsFlat() throws {
      let proof = try prove(
        "memory", ["--iterations", "600", "--every", "30", "--program", CommandRun.disttrain])
      #expect(proof.status == 0, "\(proof.output)\(proof.errors)")
      #expect(proof.output.contains("which loses 16 KB at each write, grew by"))
      #expect(proof.output.hasSuffix("flat, but for 512 KB\n"), "\(proof.output)")
    }

    /// A program that passes over every failure and ends with 0.
    @Test func aProgramThatHidesFailuresIsFound() throws {
      let folder = TemporaryFolder()
      let program = folder.file("disttrain")
      try Data("#!/bin/sh\n'\(CommandRun.disttrain)' \"$@\" || exit 0\n".utf8).write(
        to: URL(fileURLWithPath: program))
      chmod(program, 0o755)
      let proof = try prove(
        "faults", ["--sample", "1", "--seed", "1", "--program", program])
      #expect(proof.status == 1, "\(proof.output)\(proof.errors)")
      #expect(proof.output.contains("was passed over"), "\(proof.output)")
    }
  }
}
