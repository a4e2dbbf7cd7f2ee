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

  private let files: SystemFiles

  /// Reads the limits of a host.
  ///
  /// - Parameter root: where `/proc` and `/sys` are.
  package init(root: String = "") { files = SystemFiles(root: root) }

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
      let pages = HostMemory().files.text("/proc/self/statm")?.split(separator: " ").first
        .flatMap({ Int($0) })
    else { return nil }
    return Limit(
      bytes: Int(limit.rlim_cur) - pages * Int(getpagesize()), source: "the limit of ulimit -v")
  }

  private var hostLimit: Limit? {
    files.value("MemAvailable", in: "/proc/meminfo").map {
      Limit(bytes: 1024 * $0, source: "MemAvailable of /proc/meminfo")
    }
  }

  /// The limits of this process's control groups and of those above them, of both versions.
  private var controlGroups: [Limit?] {
    files.controlGroups("memory").map { group in
      if group.version == 2 {
        return limit(group.folder, limit: "memory.max", usage: "memory.current", prefix: "")
      }
      return limit(
        group.folder, limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes",
        prefix: "total_")
    }
  }

  private func limit(
    _ folder: String, limit: String, usage: String, prefix: String
  ) -> Limit? {
    guard let maximum = files.number("\(folder)/\(limit)"),
      let used = files.number("\(folder)/\(usage)")
    else {
      return nil
    }
    let cached = ["inactive_file", "active_file"].reduce(0) {
      $0 + (files.value(prefix + $1, in: "\(folder)/memory.stat") ?? 0)
    }
    return Limit(bytes: maximum - max(0, used - cached), source: "\(folder)/\(limit)")
  }
}
