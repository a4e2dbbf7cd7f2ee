import Foundation
import Testing

/// Libraries that are preloaded into a program under test, and programs that it runs in.
enum Shim {
  private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Shims")

  /// Compiles `Tests/Shims/NAME.c`, for `LD_PRELOAD`.
  static func library(_ name: String, in folder: TemporaryFolder) throws -> String {
    try compile(name, to: folder.file("\(name).so"), ["-shared", "-fPIC"])
  }

  /// Compiles `Tests/Shims/NAME.c` to a program.
  static func program(_ name: String, in folder: TemporaryFolder) throws -> String {
    try compile(name, to: folder.file(name), [])
  }

  private static func compile(
    _ name: String, to product: String, _ flags: [String]
  ) throws -> String {
    let source = sources.appendingPathComponent("\(name).c").path
    let build = try CommandRun(["cc", "-o", product] + flags + [source])
    try #require(build.status == 0, "\(build.errors)")
    return product
  }
}
