/// Where an arena puts what it is asked for: its arithmetic, without the memory.
public struct ArenaPlan: Equatable, Sendable {
  private static let blockBytes = 1 << 24
  private static let staggerBytes = 17 * 64

  /// The bytes of all blocks so far.
  public private(set) var reservedBytes = 0
  /// The bytes handed out so far, with what keeps them apart.
  public private(set) var takenBytes = 0
  private var block = 0
  private var used = 0

  /// Makes the plan of an empty arena.
  public init() {}

  /// Takes elements.
  ///
  /// - Parameters:
  ///   - count: the number of elements.
  ///   - type: their type.
  public mutating func take<Element>(_ count: Int, of type: Element.Type) {
    _ = place(bytes: count * MemoryLayout<Element>.stride)
  }

  /// Takes bytes.
  ///
  /// - Parameter bytes: how many.
  /// - Returns: their offset in the last block, and the bytes of that block if it is a new one.
  mutating func place(bytes: Int) -> (offset: Int, newBlock: Int?) {
    let total = (bytes + 63) / 64 * 64 + Self.staggerBytes
    let needsBlock = used + total > block
    if needsBlock {
      block = max(total, Self.blockBytes)
      reservedBytes += block
      used = 0
    }
    defer { used += total }
    takenBytes += total
    return (used, needsBlock ? block : nil)
  }
}
