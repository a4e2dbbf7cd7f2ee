import Foundation

/// The cores that this job may compute on.
package struct HostCores {
  private let files: SystemFiles
  /// The process whose right to CPUs is the job's.
  private let process: String

  /// Reads the cores of a host.
  ///
  /// - Parameters:
  ///   - root: where `/proc` and `/sys` are; empty but in tests.
  ///   - process: the process whose CPUs count, as `/proc` names it; that of a launcher, where one
  ///     binds each rank to a part of them.
  package init(root: String = "", process: String = "self") {
    files = SystemFiles(root: root)
    self.process = process
  }

  /// The CPUs that the process may run on; empty where that is not known.
  package var allowed: [Int] {
    Self.numbers(files.line("Cpus_allowed_list", in: "/proc/\(process)/status") ?? "")
  }

  /// How many physical cores the allowed CPUs are on.
  package var physical: Int {
    Set(
      allowed.map { cpu in
        let folder = "/sys/devices/system/cpu/cpu\(cpu)/topology"
        // Without a topology each counts as a core.
        return files.text("\(folder)/thread_siblings_list") ?? "\(cpu)"
      }
    ).count
  }

  /// The whole CPUs' time that the tightest control group gives, and its file; nil without a limit.
  package var quota: (cpus: Double, source: String)? {
    files.controlGroups("cpu").compactMap { quota(of: $0) }.min { $0.cpus < $1.cpus }
  }

  private func quota(of group: SystemFiles.ControlGroup) -> (cpus: Double, source: String)? {
    let source = group.folder + (group.version == 2 ? "/cpu.max" : "/cpu.cfs_quota_us")
    let numbers: [Double]
    if group.version == 2 {
      numbers = (files.text(source) ?? "").split(whereSeparator: \.isWhitespace).compactMap {
        Double($0)
      }
    } else {
      numbers = [source, "\(group.folder)/cpu.cfs_period_us"].compactMap {
        files.number($0).map(Double.init)
      }
    }
    // Without a limit the first is "max" or -1.
    guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return nil }
    return (numbers[0] / numbers[1], source)
  }

  /// The features of the first CPU, in the kernel's words.
  package var features: Set<String> {
    Set((files.line("flags", in: "/proc/cpuinfo") ?? "").split(separator: " ").map(String.init))
  }

  /// The CPU's name.
  package var name: String {
    let lines = (files.text("/proc/cpuinfo") ?? "").split(separator: "\n")
    let line = lines.first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last?
      .trimmingCharacters(in: .whitespaces) ?? "unknown"
  }

  /// The numbers of a list such as `0-3,8`.
  private static func numbers(_ list: String) -> [Int] {
    list.split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }
}
