import Foundation
import Testing

/// Libraries that are preloaded into a program under test.
enum Shim {
  private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Shims")

  /// Compiles `Tests/Shims/NAME.c`, for `LD_PRELOAD`.
  static func library(_ name: String, in folder: TemporaryFolder) throws -> String {
    let library = folder.file("\(name).so")
    let build = try CommandRun(
      [
        "cc", "-shared", "-fPIC", "-o", library,
        sources.appendingPathComponent("\(name).c").path,
      ])
    try #require(build.status == 0, "\(build.errors)")
    return library
  }
}
