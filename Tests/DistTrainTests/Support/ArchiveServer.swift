import Foundation
import Testing

import DistTrain

/// A web server of this machine that serves a folder, well or badly; see `Tests/Servers`.
final class ArchiveServer {
  let folder: TemporaryFolder
  private let server: RunningCommand
  private let port: String

  init(serving folder: TemporaryFolder) throws {
    self.folder = folder
    let server = try RunningCommand([
      "python3", "\(packageFolder)/Tests/Servers/archive_server.py", folder.path,
    ])
    try #require(server.wait { server.output.hasSuffix("\n") })
    self.server = server
    port = server.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  deinit {
    kill(server.process.processIdentifier, SIGKILL)
    server.process.waitUntilExit()
  }

  /// Where a file is served in some way.
  func url(_ how: String, _ file: String) -> String { "http://127.0.0.1:\(port)/\(how)/\(file)" }

  /// What was asked of it, as a way of serving and a range each.
  var requests: [String] {
    fileText(folder.file("requests")).split(separator: "\n").map(String.init)
  }
}

/// An archive with the names and sizes of CIFAR-10's, of which all images are black.
enum BlackArchive {
  static let name = "black.tar.gz"
  /// The folder that holds it, made once.
  static let folder = Result {
    let folder = TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("cifar-10-batches-bin"), withIntermediateDirectories: false)
    try writeZeroBatches(folder.file("cifar-10-batches-bin"))
    let tar = try CommandRun([
      "tar", "-czf", folder.file(name), "-C", folder.path, "cifar-10-batches-bin",
    ])
    try #require(tar.status == 0, "\(tar.errors)")
    return folder
  }
}

/// The MD5 of a file, by another program.
func md5(_ path: String) throws -> String {
  String(try CommandRun(["md5sum", path]).output.prefix(32))
}
