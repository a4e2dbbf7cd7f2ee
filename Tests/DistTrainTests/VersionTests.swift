import Foundation
import Testing

import DistTrain

/// One number says which release this is.
@Suite struct VersionTests {
  @Test func theCitationHasIt() {
    let citation = fileText("\(packageFolder)/CITATION.cff")
    #expect(citation.contains("\nversion: \(ProgramVersion.release)\n"))
  }

  /// The first entry is the release, or says which one it will be.
  @Test func theChangelogHasIt() throws {
    let changelog = fileText("\(packageFolder)/CHANGELOG.md")
    let entry = try #require(changelog.components(separatedBy: "\n## [").dropFirst().first)
    let isNext =
      entry.hasPrefix("Unreleased]") && entry.contains("become \(ProgramVersion.release)")
    #expect(isNext || entry.hasPrefix("\(ProgramVersion.release)]"))
  }

  @Test func theInstructionSetIsOneThatThisMachineHas() {
    let flags = fileText("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("flags") }
    let has = { (name: String) in flags?.split(separator: " ").contains(Substring(name)) == true }
    switch ProgramVersion.instructionSet {
    case "AVX-512": #expect(has("avx512f") && has("avx512vl"))
    case "AVX2": #expect(has("avx2") && has("fma"))
    default: Issue.record("\(ProgramVersion.instructionSet)")
    }
  }
}
