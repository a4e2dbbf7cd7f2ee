import Foundation

/// The files in which the kernel tells of this host and this process.
struct SystemFiles {
  /// Where `/proc` and `/sys` are; empty but in tests.
  let root: String

  /// A file's text; nil where there is none.
  func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: root + path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A file that holds one number; nil where there is none, as for "max".
  func number(_ path: String) -> Int? {
    text(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// What follows a name and a colon or blanks in a file of such lines, of the first of them.
  func line(_ name: String, in path: String) -> String? {
    for line in text(path)?.split(separator: "\n") ?? [] {
      let words = line.split(maxSplits: 1) { $0 == ":" || $0 == " " || $0 == "\t" }
      if words.count > 1 && words[0] == name {
        return words[1].trimmingCharacters(in: CharacterSet(charactersIn: ": \t"))
      }
    }
    return nil
  }

  /// A number of a file of names and numbers, whatever its unit.
  func value(_ name: String, in path: String) -> Int? {
    line(name, in: path)?.split(separator: " ").first.flatMap { Int($0) }
  }

  /// A folder of a control group, and the version of its kind.
  struct ControlGroup: Equatable {
    let folder: String
    let version: Int
  }

  /// This process's control groups that may limit something, and those above them, of both versions.
  ///
  /// - Parameter controller: what version 1 calls it: `memory`, `cpu`.
  /// - Returns: their folders.
  func controlGroups(_ controller: String) -> [ControlGroup] {
    (text("/proc/self/cgroup") ?? "").split(separator: "\n").flatMap { line -> [ControlGroup] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      if parts.count < 3 { return [] }
      let (controllers, path) = (parts[1], String(parts[2]))
      if controllers.isEmpty {
        return folders("/sys/fs/cgroup", path).map { ControlGroup(folder: $0, version: 2) }
      }
      if !controllers.split(separator: ",").contains(Substring(controller)) { return [] }
      return folders("/sys/fs/cgroup/\(controller)", path).map {
        ControlGroup(folder: $0, version: 1)
      }
    }
  }

  /// A control group's folder and all above it; within a container its own is the top.
  private func folders(_ top: String, _ path: String) -> [String] {
    var folder = top
    return [top]
      + path.split(separator: "/").map { part in
        folder += "/\(part)"
        return folder
      }
  }
}
