import DistTrain
import Foundation

/// What the operating system and, if preloaded, `Benchmarks/allocations.c` know of this process.
enum ProcessMemory {
  /// The most memory that was resident at once, in bytes: `VmHWM` of /proc/self/status.
  static func peakResidentBytes() throws(Failure) -> Int {
    let bytes = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.first == "VmHWM:", words.count > 1, let kilobytes = Int(words[1]) {
        return kilobytes * 1024
      }
    }
    throw Failure(.environment, "/proc/self/status has no VmHWM; run on Linux with /proc mounted")
  }
}

/// How often memory was allocated since the start of the process.
struct AllocationCounts: Equatable {
  /// By the main thread, outside MPI.
  var own = 0
  /// By the main thread, inside MPI.
  var mpi = 0
  /// By other threads, which are MPI's.
  var otherThreads = 0

  private typealias Read = @convention(c) (UnsafeMutablePointer<UInt64>) -> Void

  static func - (after: AllocationCounts, before: AllocationCounts) -> AllocationCounts {
    AllocationCounts(
      own: after.own - before.own, mpi: after.mpi - before.mpi,
      otherThreads: after.otherThreads - before.otherThreads)
  }

  /// Allocations per step over some steps.
  func per(_ steps: Int) -> StepReport.Allocations {
    StepReport.Allocations(
      own: Double(own) / Double(steps), mpi: Double(mpi) / Double(steps),
      otherThreads: Double(otherThreads) / Double(steps))
  }

  /// Reads the counters of the preloaded library; nil without it.
  static func current() -> AllocationCounts? {
    guard let symbol = dlsym(nil, "disttrain_allocation_counts") else { return nil }
    let read = unsafeBitCast(symbol, to: Read.self)
    var counts: (UInt64, UInt64, UInt64) = (0, 0, 0)
    withUnsafeMutableBytes(of: &counts) { bytes in
      if let base = bytes.bindMemory(to: UInt64.self).baseAddress { read(base) }
    }
    return AllocationCounts(
      own: Int(counts.0), mpi: Int(counts.1), otherThreads: Int(counts.2))
  }
}
