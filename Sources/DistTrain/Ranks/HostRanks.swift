import Foundation

/// The ranks that the launcher of this one has started on this host, as the system shows them.
///
/// It tells which ones do not run while MPI, which starts or ends, cannot tell.
package struct HostRanks {
  /// Ranks that run or sleep, in order.
  package private(set) var awake: [Int] = []
  /// Ranks that were stopped by a signal or a debugger, or wait for a disk, in order.
  package private(set) var halted: [Int] = []

  /// Looks at all processes with one parent.
  ///
  /// Where a launcher starts ranks through processes of its own that stay, none are found.
  ///
  /// - Parameters:
  ///   - parent: the launcher, or its daemon on this host.
  ///   - root: where `/proc` is; empty but in tests.
  package init(parent: Int = Int(getppid()), root: String = "") {
    let files = SystemFiles(root: root)
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: root + "/proc")) ?? []
    for process in processes where process.allSatisfy(\.isNumber) {
      // The name in parentheses may hold anything: number (name) state parent …
      let status = files.text("/proc/\(process)/stat")?.split(separator: ")").last
      let fields = status?.split(separator: " ") ?? []
      guard fields.count > 1, Int(fields[1]) == parent,
        let rank = RankEnvironment.launched(Self.environment(of: process, files))?.rank
      else { continue }
      if ["T", "t", "D"].contains(fields[0]) { halted.append(rank) } else { awake.append(rank) }
    }
    awake.sort()
    halted.sort()
  }

  /// Which of the ranks of this host that are not halted a rank is, counted from 0.
  ///
  /// Ranks that have ended keep their turn, so it does not pass to the next one while the launcher
  /// ends the others; that takes it up to two seconds where one is stopped.
  ///
  /// - Parameters:
  ///   - rank: the rank.
  ///   - localRank: which of its host's ranks it is, as its launcher says; where it says nothing,
  ///     only ranks that are there are counted.
  /// - Returns: the turn; 0 for the first rank that is not halted.
  package func turn(of rank: Int, localRank: Int?) -> Int {
    guard let localRank else { return awake.count { $0 < rank } }
    return localRank - halted.count { $0 < rank }
  }

  private static func environment(of process: String, _ files: SystemFiles) -> [String: String] {
    let text = files.text("/proc/\(process)/environ") ?? ""
    let pairs = text.split(separator: "\0").map { $0.split(separator: "=", maxSplits: 1) }
    return Dictionary(
      pairs.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) },
      uniquingKeysWith: { first, _ in first })
  }
}
