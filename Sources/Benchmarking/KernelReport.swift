import Foundation

/// What `bench kernels` measured on rank 0, while every rank did the same.
public struct KernelReport: BenchmarkReport, Codable, Equatable, Sendable {
  /// One direction of one convolution.
  public struct Row: Codable, Equatable, Sendable {
    /// The convolution.
    public let name: String
    /// forward, or backward: the gradients of weights and, unless it is an image, of the input.
    public let direction: String
    /// Milliseconds of the vector kernels, medians over rounds.
    public let vectorMilliseconds: Double
    /// Milliseconds of OpenBLAS; nil where it has no such engine.
    public let openblasMilliseconds: Double?
    /// Effective GFLOP/s of the vector kernels, by the definition of convolution.
    public let gflops: Double
    /// ``gflops`` as a multiple of the measured peak.
    public let shareOfPeak: Double
    /// How many times as long OpenBLAS takes.
    public let ratio: Double?

    enum CodingKeys: String, CodingKey {
      case name, direction
      case vectorMilliseconds = "vector_milliseconds"
      case openblasMilliseconds = "openblas_milliseconds"
      case gflops
      case shareOfPeak = "share_of_peak"
      case ratio
    }
  }

  /// Images per measurement.
  public let images: Int
  /// Alternating rounds.
  public let rounds: Int
  /// Ranks that measured at once.
  public let ranks: Int
  /// The GFLOP/s of fused multiply-adds measured on rank 0.
  public let peakGflops: Double
  /// All convolutions, forward and backward.
  public let rows: [Row]

  enum CodingKeys: String, CodingKey {
    case images, rounds, ranks
    case peakGflops = "peak_gflops"
    case rows
  }

  /// The report for people.
  public var text: String {
    let header =
      "\(images) images, medians of \(rounds) alternating rounds, "
      + "\(ranks) \(ranks == 1 ? "rank" : "ranks") at once, "
      + String(format: "FMA peak %.1f GFLOP/s", peakGflops)
    let width = rows.map { $0.name.count + $0.direction.count + 1 }.max() ?? 0
    let title = "convolution".padding(toLength: width, withPad: " ", startingAt: 0)
    return
      ([header, "", "\(title)  vector ms  GFLOP/s   × peak  OpenBLAS ms   ratio"]
      + rows.map { row in
        let name = "\(row.name) \(row.direction)"
        let numbers = String(
          format: "  %9.3f  %7.1f  %7.2f", row.vectorMilliseconds, row.gflops, row.shareOfPeak)
        let openblas =
          row.openblasMilliseconds.map { String(format: "%11.3f", $0) } ?? "          –"
        let ratio = row.ratio.map { String(format: "%6.1f", $0) } ?? "     –"
        return name + String(repeating: " ", count: width - name.count) + numbers + "  "
          + openblas + "  " + ratio
      }).joined(separator: "\n")
  }
}
