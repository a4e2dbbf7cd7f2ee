import Foundation

/// Whether a training's ranks find the memory that they take.
package struct MemoryDiagnosis {
  /// What Open MPI asks of `/dev/shm` for each rank.
  private static let segmentBytes = 4_194_312

  private let ranks: Int
  private let name: String
  private let needs: [Int]
  private let datasetBytes: Int
  private let datasetCopies: Int

  /// Estimates what a training takes on this host.
  ///
  /// - Parameters:
  ///   - configuration: the run's.
  ///   - ranks: those of this host.
  ///   - size: how many there are on all hosts.
  /// - Throws: `Failure` of kind usage for more ranks than micro-shards.
  init(_ configuration: Configuration, ranks: [Int], of size: Int) throws(Failure) {
    self.ranks = ranks.count
    name = "\(configuration.network.rawValue) \(configuration.depth)"
    needs = try MemoryCheck.needs(configuration, ranks: ranks, of: size)
    datasetBytes = configuration.dataset.byteCount(testOnly: false)
    // Ranks have the images in common where they can make a file of them.
    let isShared = (LimitDiagnosis.limit(RLIMIT_FSIZE) ?? .max) >= datasetBytes
    datasetCopies = isShared ? 1 : ranks.count
  }

  var findings: [Finding] {
    let shared = FileSystem(of: "/dev/shm")
    return [
      Self.memory(
        name, needs: needs, datasetBytes: datasetBytes, datasetCopies: datasetCopies,
        available: HostMemory().available, addressSpace: HostMemory.addressSpace()),
      Self.sharedMemory(ranks: ranks, bytes: shared.bytes, freeBytes: shared.freeBytes),
    ]
  }

  /// Compares what ranks take with what there is.
  ///
  /// - Parameters:
  ///   - name: the network.
  ///   - needs: bytes of each rank, without the images.
  ///   - datasetBytes: bytes of the images.
  ///   - datasetCopies: how often the host holds them.
  ///   - available: what all have together, if known.
  ///   - addressSpace: what each has, if limited.
  /// - Returns: what was found.
  package static func memory(
    _ name: String, needs: [Int], datasetBytes: Int, datasetCopies: Int,
    available: HostMemory.Limit?, addressSpace: HostMemory.Limit?
  ) -> Finding {
    do throws(Failure) {
      try MemoryCheck.check(
        needs: needs, datasetBytes: datasetBytes, datasetCopies: datasetCopies,
        available: available, addressSpace: addressSpace)
    } catch {
      return Finding("memory", .wrong, error)
    }
    let all = needs.reduce(datasetCopies * datasetBytes, +)
    let ranks = needs.count == 1 ? "1 rank" : "\(needs.count) ranks"
    let left = available.map { ", \(megabytes($0.bytes)) are left by \($0.source)" }
    return Finding("memory", "\(ranks) of \(name) take about \(megabytes(all))\(left ?? "")")
  }

  /// Whether ranks of a host have room for their messages.
  ///
  /// - Parameters:
  ///   - ranks: those of this host.
  ///   - bytes: the size of `/dev/shm`; nil where it is not there.
  ///   - freeBytes: what is free of it.
  /// - Returns: what was found.
  package static func sharedMemory(ranks: Int, bytes: Int?, freeBytes: Int?) -> Finding {
    let need = ranks * segmentBytes
    let remedy =
      "in a container start it with --shm-size=1g, else mount -o remount,size=1g /dev/shm"
    guard let bytes, let freeBytes else {
      return Finding("/dev/shm", .wrong, "it is not there", remedy: remedy)
    }
    let have = "\(megabytes(freeBytes)) of \(megabytes(bytes)) are free"
    if ranks > 1 && freeBytes < need {
      return Finding(
        "/dev/shm", .wrong, "\(have), but \(ranks) ranks take \(megabytes(need))", remedy: remedy)
    }
    return Finding("/dev/shm", have)
  }

  private static func megabytes(_ bytes: Int) -> String { "\((bytes + 999_999) / 1_000_000) MB" }
}
