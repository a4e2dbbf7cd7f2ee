import Foundation

/// What `bench step` measured.
public struct StepReport: BenchmarkReport, Codable, Equatable, Sendable {
  /// Heap allocations per measured step of one rank.
  public struct Allocations: Codable, Equatable, Sendable {
    /// By the program's own code.
    public let own: Double
    /// Inside MPI's functions.
    public let mpi: Double
    /// By other threads, which are MPI's.
    public let otherThreads: Double

    enum CodingKeys: String, CodingKey {
      case own, mpi
      case otherThreads = "other_threads"
    }
  }

  /// Plain or residual.
  public let network: String
  /// Weighted layers.
  public let depth: Int
  /// The shortcut option.
  public let shortcut: String
  /// Ranks.
  public let ranks: Int
  /// Samples per step, over all ranks.
  public let globalBatch: Int
  /// Micro-shards per step.
  public let microShards: Int
  /// Samples that share batch-norm statistics.
  public let bnGroup: Int
  /// The kernels.
  public let convolution: String
  /// Measured steps.
  public let iterations: Int
  /// Steps before the measured ones.
  public let warmup: Int
  /// Milliseconds per step, of rank 0.
  public let milliseconds: Summary
  /// Images per second over all ranks, at the median step.
  public let imagesPerSecond: Double
  /// Operations per image of a step, by the layers' definitions: see ``StepCost``.
  public let operationsPerImage: Int
  /// Effective GFLOP/s per rank, at the median step.
  public let effectiveGflops: Double
  /// The GFLOP/s of fused multiply-adds measured on each rank, all ranks at once.
  public let peakGflops: [Double]
  /// ``effectiveGflops`` as a multiple of the ranks' mean peak.
  public let shareOfPeak: Double
  /// Phases, medians over steps and means over ranks, without waiting; then the waiting.
  public let phases: [BreakdownRow]
  /// Kernels, means over steps after the measured ones and over ranks.
  public let kernels: [BreakdownRow]
  /// Whether waiting for slower ranks is told apart from transfers: on one host.
  public let isWaitingApart: Bool
  /// The peak resident memory of each rank in bytes.
  public let peakResidentBytes: [Int]
  /// The bytes of the data set's images and labels, a part of each rank's peak; the ranks of a host
  /// have them in common.
  public let datasetBytes: Int
  /// Allocations of each rank, if they were counted.
  public let allocationsPerStep: [Allocations]?

  enum CodingKeys: String, CodingKey {
    case network, depth, shortcut, ranks
    case globalBatch = "global_batch"
    case microShards = "micro_shards"
    case bnGroup = "bn_group"
    case convolution, iterations, warmup, milliseconds
    case imagesPerSecond = "images_per_second"
    case operationsPerImage = "operations_per_image"
    case effectiveGflops = "effective_gflops"
    case peakGflops = "peak_gflops"
    case shareOfPeak = "share_of_peak"
    case phases, kernels
    case isWaitingApart = "is_waiting_apart"
    case peakResidentBytes = "peak_resident_bytes"
    case datasetBytes = "dataset_bytes"
    case allocationsPerStep = "allocations_per_step"
  }

  /// The report for people.
  public var text: String {
    let name = network == "plain" ? "plain \(depth)" : "residual \(depth) \(shortcut)"
    var lines = [
      "\(name), \(ranks) \(ranks == 1 ? "rank" : "ranks"), global batch \(globalBatch) in "
        + "\(microShards) micro-shards, batch norm over \(bnGroup), \(convolution) convolutions, "
        + "\(iterations) steps after \(warmup)",
      String(
        format: "step  median %.2f ms  min %.2f  max %.2f  %.0f images/s", milliseconds.median,
        milliseconds.min, milliseconds.max, imagesPerSecond),
      String(
        format: "rate  %.1f GFLOP/s per rank, %.2f times the FMA peak of ", effectiveGflops,
        shareOfPeak) + list(peakGflops, "%.1f") + " GFLOP/s",
      "memory  peak " + list(peakResidentBytes.map { Double($0) / 1e6 }, "%.0f")
        + String(format: " MB, of which the data set %.0f MB", Double(datasetBytes) / 1e6),
    ]
    if let allocationsPerStep {
      lines.append(
        "allocations per step  own " + list(allocationsPerStep.map(\.own), "%.2f") + "  MPI "
          + list(allocationsPerStep.map(\.mpi), "%.2f") + "  its threads "
          + list(allocationsPerStep.map(\.otherThreads), "%.2f"))
    }
    lines += [""] + BreakdownTable.lines("phase", phases)
    if !isWaitingApart { lines.append("On several hosts, waiting is part of the reductions.") }
    lines += [""] + BreakdownTable.lines("kernel", kernels)
    return lines.joined(separator: "\n")
  }

  private func list(_ values: [Double], _ format: String) -> String {
    values.map { String(format: format, $0) }.joined(separator: " ")
  }
}
