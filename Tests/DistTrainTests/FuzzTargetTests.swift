import Foundation
import FuzzTargets
import Testing

/// The inputs that `Proofs/fuzz` begins with, and those that it once found something with.
@Suite struct FuzzTargetTests {
  private static let corpus = "\(packageFolder)/Proofs/Fuzzing/Corpus"
  private let folder = TemporaryFolder()

  private static func inputs(of target: FuzzTarget) throws -> [String] {
    let folder = "\(corpus)/\(target.name)"
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
      "\(folder)/\($0)"
    }
  }

  /// A target ends the process where something does not hold.
  @Test(arguments: FuzzTarget.all.map(\.name))
  func everyInputIsTakenOrRefused(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let inputs = try Self.inputs(of: target)
    #expect(inputs.count >= 5)
    for input in inputs { target.run(try #require(fileBytes(input)), in: folder.path) }
  }

  @Test func everyFolderOfInputsIsOfATarget() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus)
    #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
  }

  @Test func whatDoesNotHoldEndsTheProcess() async {
    await #expect(processExitsWith: .failure) {
      FuzzTarget.control.run(Array("fuzz".utf8), in: "")
    }
  }
}
