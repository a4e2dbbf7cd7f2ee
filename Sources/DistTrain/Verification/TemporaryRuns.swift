import Foundation

/// A folder for runs that are compared and then not needed any more.
struct TemporaryRuns {
  let path: String

  /// Makes a folder of a new name where the system keeps temporary files.
  ///
  /// - Throws: `Failure` of kind inputOutput.
  init() throws(Failure) {
    let folder = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    // The letters that mkdtemp replaces.
    let unknown = String(repeating: "X", count: 6)
    var template = Array("\(folder)/disttrain-verify-\(unknown)".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Failure(
        .inputOutput,
        "cannot make a folder in \(folder): \(Files.reason()); set TMPDIR to a folder that can be "
          + "written to")
    }
    path = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
  }

  /// Removes the folder with all that is in it.
  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// Makes a run of a configuration that begins when it is resumed.
  func makeRun(_ name: String, _ configuration: Configuration) throws(Failure) -> RunFolder {
    let folder = RunFolder("\(path)/\(name)")
    try folder.write(configuration)
    return folder
  }
}
