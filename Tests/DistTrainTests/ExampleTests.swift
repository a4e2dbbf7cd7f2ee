import Foundation
import Testing

extension EndToEnd.More {
  /// The package that trains through the library, built as a user builds it.
  @Suite struct Example {
    private let folder = TemporaryFolder()

    /// Builds the example beside a copy of the package under another name.
    private func build() throws -> String {
      let copy = folder.file("a clone of another name")
      try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
      for name in ["Package.swift", "Sources", "Tests", "Proofs", "Examples/OwnLoop/Package.swift"]
        + ["Examples/OwnLoop/Sources"]
      {
        let target = "\(copy)/\(name)"
        try FileManager.default.createDirectory(
          atPath: URL(fileURLWithPath: target).deletingLastPathComponent().path,
          withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "\(packageFolder)/\(name)", toPath: target)
      }
      let build = try CommandRun(
        ["swift", "build", "-c", "release", "--package-path", "\(copy)/Examples/OwnLoop"],
        timeout: 900)
      try #require(build.status == 0, "\(build.output)\(build.errors)")
      return "\(copy)/Examples/OwnLoop/.build/release/OwnLoop"
    }

    @Test func aLoopOfOnesOwnGivesTheHashOfTheCommand() throws {
      let example = try build()
      let command = try CommandRun.disttrain([
        "train", "--dataset", "synthetic", "--depth", "8", "--global-batch", "32",
        "--micro-shards", "8", "--iterations", "30", "--evaluate-every", "0", "--run",
        folder.file("run"),
      ])
      try #require(command.lastLine.hasPrefix("weights sha256 "), "\(command.errors)")
      let alone = try CommandRun([example])
      #expect(alone.status == 0, "\(alone.errors)")
      let lines = alone.output.split(separator: "\n").map(String.init)
      #expect(lines.contains(command.lastLine), "\(lines)")
      #expect(lines.contains("read back: true"))
      #expect(lines.last == "stripes: test error 0 of 20")
      let two = try CommandRun(CommandRun.mpirun(2, [example]))
      #expect(two.output.split(separator: "\n").map(String.init) == lines, "\(two.errors)")
    }
  }
}
