import Foundation
import Testing

import DistTrain

@Suite struct FilesTests {
  private let folder = TemporaryFolder()
  private let old: [UInt8] = [1, 2, 3]
  private let new = [UInt8](repeating: 7, count: 100_000)

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  /// The kind and message of a replacement that fails.
  private func refusal(_ path: String) -> Failure? {
    do throws(Failure) { try Files.replace(path, with: new) } catch { return error }
    return nil
  }

  @Test func aReplacedFileHoldsTheNewBytesAndLeavesNothingBeside() throws {
    let path = folder.file("file")
    try Files.replace(path, with: new)
    #expect(fileBytes(path) == new)
    try Files.replace(path, with: old)
    #expect(fileBytes(path) == old)
    #expect(try Files.read(path, remedy: "") == old)
    #expect(try names() == ["file"])
  }

  @Test func belowAFileNothingIsWrittenAndTheFileStays() throws {
    try Files.replace(folder.file("file"), with: old)
    let failure = try #require(refusal(folder.file("file/below")))
    #expect(failure.kind == .inputOutput && failure.message.contains("file/below"), "\(failure)")
    #expect(fileBytes(folder.file("file")) == old)
    #expect(try names() == ["file"])
  }

  @Test func whatCannotBeReplacedStaysWithNothingBeside() throws {
    try FileManager.default.createDirectory(
      atPath: folder.file("folder/inner"), withIntermediateDirectories: true)
    let failure = try #require(refusal(folder.file("folder")))
    #expect(failure.kind == .inputOutput, "\(failure)")
    #expect(snapshot(folder.path) == ["folder": "folder", "folder/inner": "folder"])
  }

  /// As a device would; replacing it would take it away from everybody.
  @Test func aPipeIsWrittenToAndStays() throws {
    let path = folder.file("pipe")
    try #require(mkfifo(path, 0o600) == 0)
    let reader = open(path, O_RDWR)
    defer { close(reader) }
    try Files.replace(path, with: old)
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(read(reader, &bytes, bytes.count) == old.count && bytes.starts(with: old))
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    #expect(try names() == ["pipe"])
  }

  @Test(.enabled(if: getuid() != 0, "root may write everywhere"))
  func inAFolderThatIsNotWritableTheOldFileStays() throws {
    try Files.replace(folder.file("file"), with: old)
    chmod(folder.path, 0o555)
    defer { chmod(folder.path, 0o755) }
    let failure = try #require(refusal(folder.file("file")))
    #expect(failure.kind == .inputOutput && failure.message.contains("Permission denied"))
    #expect(fileBytes(folder.file("file")) == old)
    #expect(try names() == ["file"])
  }

  @Test func whatIsNotThereOrNoFileIsToldApart() throws {
    func refusal(_ path: String) -> Failure? {
      do throws(Failure) { _ = try Files.read(path, remedy: "look elsewhere") } catch {
        return error
      }
      return nil
    }
    let missing = try #require(refusal(folder.file("none")))
    #expect(missing.kind == .missingInput && missing.message.contains("look elsewhere"))
    #expect(refusal(folder.path)?.kind == .inputOutput)
  }
}
