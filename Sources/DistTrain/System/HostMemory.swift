import Foundation

/// How much more memory this host, or what this job may have of it, has to give.
package struct HostMemory {
  /// An upper bound and what sets it.
  package struct Limit: Equatable {
    package let bytes: Int
    package let source: String

    /// Makes a limit.
    package init(bytes: Int, source: String) {
      self.bytes = bytes
      self.source = source
    }
  }

  /// Where `/proc` and `/sys` are; empty but in tests.
  private let root: String

  /// Reads the limits of a host.
  ///
  /// - Parameter root: where `/proc` and `/sys` are.
  package init(root: String = "") { self.root = root }

  /// The least that anything leaves to all processes of this job on this host together.
  ///
  /// Control groups count cached files, which the kernel gives up when it has to, so these are
  /// counted as available, as the kernel does for the host.
  package var available: Limit? {
    ([hostLimit] + controlGroups).compactMap { $0 }.min { $0.bytes < $1.bytes }
  }

  /// What is left of this process's own address space, where that is limited.
  static func addressSpace() -> Limit? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < UInt(Int.max),
      let pages = HostMemory().text("/proc/self/statm")?.split(separator: " ").first
        .flatMap({ Int($0) })
    else { return nil }
    return Limit(
      bytes: Int(limit.rlim_cur) - pages * Int(getpagesize()), source: "the limit of ulimit -v")
  }

  private func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: root + path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A file that holds one number; nil where there is none, as for "max".
  private func number(_ path: String) -> Int? {
    text(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// A value of a file of names and numbers.
  private func value(_ name: String, in path: String) -> Int? {
    for line in text(path)?.split(separator: "\n") ?? [] {
      let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
      if words.count > 1 && words[0] == name { return Int(words[1]) }
    }
    return nil
  }

  private var hostLimit: Limit? {
    value("MemAvailable", in: "/proc/meminfo").map {
      Limit(bytes: 1024 * $0, source: "MemAvailable of /proc/meminfo")
    }
  }

  /// The limits of this process's control groups and of those above them, of both versions.
  private var controlGroups: [Limit?] {
    (text("/proc/self/cgroup") ?? "").split(separator: "\n").flatMap { line -> [Limit?] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      if parts.count < 3 { return [] }
      let (controllers, path) = (parts[1], String(parts[2]))
      if controllers.isEmpty {
        return folders("/sys/fs/cgroup", path).map {
          limit($0, limit: "memory.max", usage: "memory.current", prefix: "")
        }
      }
      if !controllers.split(separator: ",").contains("memory") { return [] }
      return folders("/sys/fs/cgroup/memory", path).map {
        limit(
          $0, limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes", prefix: "total_")
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

  private func limit(
    _ folder: String, limit: String, usage: String, prefix: String
  ) -> Limit? {
    guard let maximum = number("\(folder)/\(limit)"), let used = number("\(folder)/\(usage)") else {
      return nil
    }
    let cached = ["inactive_file", "active_file"].reduce(0) {
      $0 + (value(prefix + $1, in: "\(folder)/memory.stat") ?? 0)
    }
    return Limit(bytes: maximum - max(0, used - cached), source: "\(folder)/\(limit)")
  }
}
