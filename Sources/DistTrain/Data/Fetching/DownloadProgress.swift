import Foundation

/// How far a download has come.
public struct DownloadProgress: Sendable {
  /// What is downloaded.
  public let name: String
  /// Bytes that are there, those of an earlier attempt included.
  public let byteCount: Int
  /// Bytes of the whole, where they are known.
  public let size: Int?
  /// Bytes a second of this attempt; 0 at its begin.
  public let rate: Double

  /// The part that is there, 0 to 1, where the whole is known.
  public var fraction: Double? { size.map { Double(byteCount) / Double(max($0, 1)) } }

  /// Size, rate and time left, in one line.
  public var text: String {
    var text = "\(name)  \(Self.megabytes(byteCount))"
    if let size { text += " of \(Self.megabytes(size))" }
    text += " MB"
    if rate <= 0 { return text }
    text +=
      rate < 1e6 ? String(format: "  %.0f kB/s", rate / 1e3) : "  \(Self.megabytes(rate)) MB/s"
    guard let size else { return text }
    // A rate of next to nothing leaves longer than an integer counts.
    let left = min(Double(max(size - byteCount, 0)) / rate, 1e9)
    return "\(text)  \(Progress.duration(left)) left"
  }

  private static func megabytes(_ bytes: Int) -> String { megabytes(Double(bytes)) }

  private static func megabytes(_ bytes: Double) -> String { String(format: "%.1f", bytes / 1e6) }
}
