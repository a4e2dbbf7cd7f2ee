import Foundation
import Testing

extension EndToEnd.More {
  /// Short forms of the scripts in `Proofs`.
  @Suite struct Proofs {
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
