import Foundation
import ResNet

/// The colour of a curve, and the same colour pale.
///
/// The colours of the figures of tanjeffreyz/deep-residual-learning, and a further one for option C.
public struct CurveColor: Equatable, Sendable {
  private let red: Double
  private let green: Double
  private let blue: Double

  /// Makes a colour.
  ///
  /// - Parameter hex: 0xrrggbb.
  public init(_ hex: UInt32) {
    self.init(
      red: Double(hex >> 16 & 255), green: Double(hex >> 8 & 255), blue: Double(hex & 255))
  }

  private init(red: Double, green: Double, blue: Double) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// Plain networks beside residual ones, and depth 20 among depths.
  public static let orange = CurveColor(0xf28c1a)
  /// Option A.
  public static let purple = CurveColor(0xa12fa8)
  /// Option B.
  public static let violet = CurveColor(0x5a4fe0)
  /// Option C.
  public static let teal = CurveColor(0x129a8c)
  /// Depth 32.
  public static let blue = CurveColor(0x2671c9)
  /// Depth 44.
  public static let red = CurveColor(0xd6342f)
  /// Depth 56.
  public static let green = CurveColor(0x2f9e44)
  /// Depth 110.
  public static let brown = CurveColor(0x8a5a2b)

  /// The colour of a network among others of its depth.
  ///
  /// - Parameters:
  ///   - kind: plain or residual.
  ///   - shortcut: its shortcuts.
  /// - Returns: orange for plain, purple, violet and teal for A, B and C.
  public static func network(
    _ kind: Architecture.Kind, _ shortcut: Architecture.Shortcut
  ) -> CurveColor {
    if kind == .plain { return orange }
    return switch shortcut {
    case .A: purple
    case .B: violet
    case .C: teal
    }
  }

  /// The colour of a depth among others of its kind.
  ///
  /// - Parameter depth: weighted layers.
  /// - Returns: orange, blue, red, green and brown for 20, 32, 44, 56 and 110; nil for others.
  public static func depth(_ depth: Int) -> CurveColor? {
    [20: orange, 32: blue, 44: red, 56: green, 110: brown][depth]
  }

  /// One of several colours that are as different as may be.
  ///
  /// - Parameters:
  ///   - index: which of them, from 0.
  ///   - count: how many there are.
  /// - Returns: one of those above where they suffice, else one of a circle of hues.
  public static func number(_ index: Int, of count: Int) -> CurveColor {
    let named = [orange, blue, red, green, purple, teal, brown, violet]
    return count <= named.count ? named[index] : hue(360 * Double(index) / Double(count))
  }

  /// A colour of middle lightness and a hue in degrees.
  private static func hue(_ degrees: Double) -> CurveColor {
    func channel(_ offset: Double) -> Double {
      let place = (offset + degrees / 30).truncatingRemainder(dividingBy: 12)
      return 255 * (0.45 - 0.33 * max(-1, min(place - 3, 9 - place, 1)))
    }
    return CurveColor(red: channel(0), green: channel(8), blue: channel(4))
  }

  /// `#rrggbb`.
  var strong: String { Self.text([red, green, blue]) }

  /// `#rrggbb`, mixed with white.
  var pale: String { Self.text([red, green, blue].map { 255 - 0.5 * (255 - $0) }) }

  private static func text(_ channels: [Double]) -> String {
    "#" + channels.map { String(format: "%02x", Int($0.rounded())) }.joined()
  }
}
