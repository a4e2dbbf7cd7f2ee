import Foundation

import DistTrain

/// A folder that is removed with its last reference.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "disttrain-" + UUID().uuidString
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// A file's bytes; nil if it is not there.
func fileBytes(_ path: String) -> [UInt8]? {
  FileManager.default.contents(atPath: path).map { [UInt8]($0) }
}

func fileText(_ path: String) -> String { String(decoding: fileBytes(path) ?? [], as: UTF8.self) }

/// Where two files differ; nil if they hold the same bytes.
func difference(_ left: String, _ right: String) -> String? {
  guard let first = fileBytes(left) else { return "\(left) is not there" }
  guard let second = fileBytes(right) else { return "\(right) is not there" }
  if first == second { return nil }
  let place = zip(first, second).enumerated().first { $1.0 != $1.1 }?.offset
  return "\(left) of \(first.count) bytes and \(right) of \(second.count) differ from byte "
    + "\(place ?? min(first.count, second.count)) on"
}

/// Writes CIFAR-10's batches with nothing but zeros, which take no room on most disks.
func writeZeroBatches(_ folder: String) throws {
  for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
    try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    truncate("\(folder)/\(name)", 30_730_000)
  }
}

/// Every file below a folder, with its digest.
func snapshot(_ folder: String) -> [String: String] {
  var result: [String: String] = [:]
  for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
    result[name] = fileBytes("\(folder)/\(name)").map(SHA256.hexDigest) ?? "folder"
  }
  return result
}

/// The values of a CSV file's column.
func csvColumn(_ path: String, _ name: String) -> [String] {
  let lines = fileText(path).split(separator: "\n").map {
    $0.split(separator: ",").map(String.init)
  }
  guard let place = lines.first?.firstIndex(of: name) else { return [] }
  return lines.dropFirst().map { $0[place] }
}

/// The folder of the real CIFAR-10 where the program looks for it; nil, told aloud, without it.
let realDataFolder: String? = {
  let folder =
    DatasetDescription.cifar10.batches?.defaultFolder(
      environment: ProcessInfo.processInfo.environment) ?? ""
  if FileManager.default.fileExists(atPath: "\(folder)/test_batch.bin") { return folder }
  print("SKIPPED what needs CIFAR-10: it is not in \(folder); name its folder with CIFAR10_DIR")
  return nil
}()

/// The folder of this package.
let packageFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
