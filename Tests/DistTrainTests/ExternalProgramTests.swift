import Testing

import DistTrain

@Suite struct ExternalProgramTests {
  private func program(_ name: String) throws -> ExternalProgram {
    try ExternalProgram([name], purpose: "is needed here", package: "coreutils")
  }

  @Test func inputOutputErrorsAndStatusPassUnchanged() throws {
    // More than a pipe holds, both ways.
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7919) }
    let copy = try program("cat").run([], input: bytes)
    #expect(copy.status == 0 && copy.output == bytes && copy.errors.isEmpty)
    let failed = try program("sh").run(["-c", "echo no >&2; echo >&2; exit 3"])
    #expect(failed.status == 3 && failed.lastErrorLine == "no")
  }

  @Test func argumentsGoThroughNoShell() throws {
    let result = try program("printf").run(["%s|", "$(id)", "a b", "; true"])
    #expect(String(decoding: result.output, as: UTF8.self) == "$(id)|a b|; true|")
  }

  @Test func variablesAreSetAndRemoved() throws {
    let result = try program("sh").run(
      ["-c", "echo $ADDED ${HOME-none}"], environment: ["ADDED": "yes", "HOME": nil])
    #expect(String(decoding: result.output, as: UTF8.self) == "yes none\n")
  }

  @Test func aMissingProgramIsNamedWithItsPackage() {
    #expect(throws: Failure.self) {
      _ = try ExternalProgram(
        ["no-such-program", "nor-this"], purpose: "draws figures", package: "some-package")
    }
    do {
      _ = try ExternalProgram(["nor-this"], purpose: "draws figures", package: "some-package")
    } catch {
      #expect(error.kind == .environment)
      #expect(
        error.message
          == "cannot find nor-this, which draws figures; install it, on Debian with apt-get install "
          + "some-package")
    }
  }

  @Test func aProgramEndsWhenItsTimeIsOverOrNobodyWatches() throws {
    do {
      _ = try program("sleep").run(["60"], timeout: 0.2)
      Issue.record("sleep ended by itself")
    } catch {
      #expect((error as? Failure)?.kind == .internal)
    }
    var looks = 0
    let result = try program("sleep").run(["60"]) {
      looks += 1
      return looks < 3
    }
    #expect(result.status == 128 + 15)
  }
}
