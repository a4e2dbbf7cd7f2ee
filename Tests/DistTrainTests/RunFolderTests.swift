import Foundation
import Testing

import DistTrain

/// A start that fails gives its folder up, and things are as they were.
@Suite struct RunFolderTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.file("a/b/run") }

  private func write(_ name: String) throws {
    let url = URL(fileURLWithPath: folder.file(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: url)
  }

  @Test func foldersThatWereMadeAreRemovedAndOthersStay() throws {
    try write("a/mine")
    let before = snapshot(folder.path)
    let run = RunFolder(path)
    _ = try run.acquire()
    #expect(FileManager.default.fileExists(atPath: path))
    run.abandon()
    #expect(snapshot(folder.path) == before)
  }

  @Test func aFolderThatWasThereStaysWithItsFiles() throws {
    try write("a/b/run/mine")
    let before = snapshot(folder.path)
    let run = RunFolder(path)
    _ = try run.acquire()
    run.abandon()
    #expect(snapshot(folder.path) == before)
  }

  @Test func anEmptyFolderThatWasThereStays() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let run = RunFolder(path)
    _ = try run.acquire()
    run.abandon()
    #expect(snapshot(folder.path) == ["a": "folder", "a/b": "folder", "a/b/run": "folder"])
  }

  @Test func whatOthersPutThereMeanwhileStays() throws {
    let run = RunFolder(path)
    _ = try run.acquire()
    try write("a/b/mine")
    run.abandon()
    #expect(fileText(folder.file("a/b/mine")) == "mine")
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func aFolderThatHoldsARunIsNotGivenUp() throws {
    let run = RunFolder(path)
    _ = try run.acquire()
    try write("a/b/run/config.json")
    let before = snapshot(folder.path)
    run.abandon()
    #expect(snapshot(folder.path) == before)
  }

  @Test func onlyOneTakesAFolderUntilItIsLetGo() throws {
    var first: RunFolder? = RunFolder(path)
    _ = try first?.acquire()
    let second = RunFolder(path)
    do throws(Failure) {
      _ = try second.acquire()
      Issue.record("two have the folder")
    } catch {
      #expect(error.kind == .usage && error.message.contains("in use"), "\(error)")
    }
    first = nil
    _ = try RunFolder(path).acquire()
  }
}
