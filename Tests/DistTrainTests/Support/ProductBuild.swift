import Foundation
import Testing

/// Builds `disttrain` in another way, or brings that build up to date; it is kept beside the usual one.
///
/// - Parameters:
///   - name: of the folder that keeps it.
///   - environment: variables that `Package.swift` reads.
/// - Returns: the program.
/// - Throws: what starting the build throws, or where it fails.
func buildProduct(_ name: String, environment: [String: String]) throws -> String {
  let scratch = "\(packageFolder)/.build-\(name)"
  let command = [
    "swift", "build", "-c", "release", "--product", "disttrain", "--package-path", packageFolder,
    "--scratch-path", scratch,
  ]
  let build = try CommandRun(command, environment: environment, timeout: 900)
  try #require(build.status == 0, "\(build.output)\(build.errors)")
  return "\(scratch)/release/disttrain"
}
