/// Elementary functions from exactly rounded operations only.
///
/// The C library's change with its version and the CPU; these give the same bits wherever IEEE
/// arithmetic does.
public enum ElementaryFunctions {
  private static let ln2High = 0x1.62e42feep-1
  private static let ln2Low = 0x1.a39ef35793c76p-33

  /// eˣ.
  ///
  /// x = k·ln 2 + r with |r| ≤ ln 2 / 2; eʳ by its Taylor polynomial of degree 13.
  ///
  /// **Accuracy**: below 2 ulp where the result is normal; 0 below −708 and infinite above 709.
  ///
  /// - Parameter x: the exponent.
  /// - Returns: e to the power of `x`.
  public static func exp(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x < -708 { return 0 }
    if x > 709 { return .infinity }
    let k = (x * 0x1.71547652b82fep0).rounded(.toNearestOrEven)
    let r = (x - k * ln2High) - k * ln2Low
    var sum = 1.0
    for n in stride(from: 13.0, to: 0, by: -1) { sum = 1 + r / n * sum }
    return sum * Double(sign: .plus, exponent: Int(k), significand: 1)
  }

  /// The natural logarithm.
  ///
  /// x = 2ᵏ·m with m in [√½, √2); ln m = 2·artanh((m − 1)/(m + 1)) by its series.
  ///
  /// **Accuracy**: below 3 ulp.
  ///
  /// - Parameter x: a positive number.
  /// - Returns: the logarithm of `x`; −infinity for 0 and NaN below.
  public static func log(_ x: Double) -> Double {
    if x == 0 { return -.infinity }
    if !(x > 0) { return .nan }
    if x == .infinity { return x }
    var k = Double(x.exponent)
    var m = x.significand
    if m > 1.4142135623730951 {
      m /= 2
      k += 1
    }
    let s = (m - 1) / (m + 1)
    let square = s * s
    var sum = 0.0
    for n in stride(from: 23.0, to: 1, by: -2) { sum = (sum + 1 / n) * square }
    return k * ln2High + (k * ln2Low + 2 * (s + s * sum))
  }
}
