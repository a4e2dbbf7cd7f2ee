import Foundation

/// Round numbers along an axis.
struct TickScale {
  /// The marked numbers, ascending.
  let values: [Double]
  private let step: Double

  /// Marks an axis.
  ///
  /// - Parameters:
  ///   - range: what the axis covers.
  ///   - count: about how many marks; fewer, never twice as many.
  init(_ range: ClosedRange<Double>, count: Int) {
    let rough = max((range.upperBound - range.lowerBound) / Double(count), 1e-12)
    let power = pow(10, floor(log10(rough)))
    let step = ([1, 2, 5].first { $0 * power >= rough * 0.999 } ?? 10) * power
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step * (1 + 1e-9)).rounded(.down)
    self.step = step
    // Not where an end is not finite either.
    values = first <= last ? stride(from: first, through: last, by: 1).map { $0 * step } : []
  }

  /// The text of a mark: as many decimals as the marks need, and commas between thousands.
  func text(_ value: Double) -> String {
    let decimals = max(0, Int(ceil(-log10(step) - 1e-9)))
    return grouped(String(format: "%.\(decimals)f", value))
  }
}

/// A number's text with commas between thousands.
func grouped(_ number: Int) -> String { grouped(String(number)) }

private func grouped(_ text: String) -> String {
  let parts = text.split(separator: ".", omittingEmptySubsequences: false)
  let digits = parts[0].drop { $0 == "-" }
  var result = ""
  for (place, digit) in digits.enumerated() {
    if place > 0 && (digits.count - place) % 3 == 0 { result += "," }
    result.append(digit)
  }
  return (text.hasPrefix("-") ? "-" : "") + result + (parts.count > 1 ? "." + parts[1] : "")
}
