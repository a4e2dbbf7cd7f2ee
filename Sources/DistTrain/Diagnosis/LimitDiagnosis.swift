import Foundation

/// Whether limits of this process stand in a training's way.
package enum LimitDiagnosis {
  static func findings(_ configuration: Configuration, ranks: Int) -> [Finding] {
    let networks = (try? Files.names(in: "/sys/class/infiniband")) ?? []
    return [
      fileSize(
        limit(RLIMIT_FSIZE), checkpointBytes: FolderDiagnosis.checkpointBytes(configuration),
        datasetBytes: ranks > 1 ? configuration.dataset.byteCount(testOnly: false) : 0)
    ] + [lockedMemory(limit(__RLIMIT_MEMLOCK), networks: networks)].compactMap { $0 }
  }

  /// A limit of this process; nil where there is none.
  static func limit(_ resource: __rlimit_resource) -> Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0,
      limit.rlim_cur < UInt(Int.max)
    else { return nil }
    return Int(limit.rlim_cur)
  }

  /// Whether files may be as large as a training makes them.
  ///
  /// - Parameters:
  ///   - limit: bytes that a file may have; nil without a limit.
  ///   - checkpointBytes: bytes of a checkpoint.
  ///   - datasetBytes: bytes of the images that ranks have in common; 0 for a single one.
  /// - Returns: what was found.
  package static func fileSize(_ limit: Int?, checkpointBytes: Int, datasetBytes: Int) -> Finding {
    guard let limit else { return Finding("ulimit -f", "unlimited") }
    if limit < checkpointBytes {
      return Finding(
        "ulimit -f", .wrong, "\(limit) bytes, but a checkpoint has about \(checkpointBytes)",
        remedy: "ulimit -f unlimited")
    }
    if limit < datasetBytes {
      return Finding(
        "ulimit -f", .warning,
        "\(limit) bytes, so each rank takes its own \(datasetBytes) bytes of images",
        remedy: "ulimit -f unlimited")
    }
    return Finding("ulimit -f", "\(limit) bytes")
  }

  /// Whether a fast network can have the memory that it locks; nil where there is none.
  ///
  /// - Parameters:
  ///   - limit: bytes that may be locked; nil without a limit.
  ///   - networks: the InfiniBand devices of this host.
  /// - Returns: what was found.
  package static func lockedMemory(_ limit: Int?, networks: [String]) -> Finding? {
    if networks.isEmpty { return nil }
    let names = networks.sorted().joined(separator: ", ")
    guard let limit else { return Finding("ulimit -l", "unlimited, for \(names)") }
    return Finding(
      "ulimit -l", .warning, "\(limit) bytes, but \(names) locks the memory of messages",
      remedy: "ulimit -l unlimited, or memlock unlimited in /etc/security/limits.conf")
  }
}
