/// A number of messages, and their bytes.
public struct Traffic: Codable, Equatable, Sendable {
  /// How many.
  public private(set) var messages = 0
  /// All their bytes.
  public private(set) var bytes = 0

  /// Both together.
  static func + (left: Traffic, right: Traffic) -> Traffic {
    Traffic(messages: left.messages + right.messages, bytes: left.bytes + right.bytes)
  }

  static func += (left: inout Traffic, right: Traffic) { left = left + right }

  /// Each for itself the greater of some.
  static func greatest(_ all: [Traffic]) -> Traffic {
    Traffic(
      messages: all.map(\.messages).max() ?? 0, bytes: all.map(\.bytes).max() ?? 0)
  }

  /// The sum of some.
  static func sum(_ all: [Traffic]) -> Traffic { all.reduce(Traffic(), +) }
}
