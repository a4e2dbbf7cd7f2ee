/// The fixed binary tree along which everything that is summed over a batch is summed.
///
/// A node is a range of leaves, the shards of the batch. A node over k > 1 leaves splits after the largest
/// power of two below k. Because the tree depends only on its root's range, the order of every
/// addition, and so every bit of a sum, is the same however the leaves are spread over ranks.
public enum SummationTree {
  /// A node: the range of leaves below it.
  public typealias Node = Range<Int>

  /// One combination of two nodes in a schedule: `slots[into] += slots[from]`.
  public struct Merge: Equatable, Sendable {
    /// The slot of the left child, which becomes the parent.
    public let into: Int
    /// The slot of the right child.
    public let from: Int
    /// The leaves below the left child.
    public let leaves: Int
    /// The leaves below the right child.
    public let otherLeaves: Int
  }

  /// How a list of nodes is merged up to the roots.
  public struct Schedule: Equatable, Sendable {
    /// The combinations, in order.
    public let merges: [Merge]
    /// The slot in which each root ends up.
    public let rootSlots: [Int]
  }

  /// The two children of a node with more than one leaf.
  ///
  /// - Parameter node: a range of at least two leaves.
  /// - Returns: the left child, which holds a power of two of leaves, and the right child.
  public static func children(of node: Node) -> (left: Node, right: Node) {
    precondition(node.count > 1, "a leaf \(node) has no children")
    var half = 1
    while half * 2 < node.count { half *= 2 }
    let middle = node.lowerBound + half
    return (node.lowerBound..<middle, middle..<node.upperBound)
  }

  /// The largest whole nodes below some roots that together are a range of leaves.
  ///
  /// - Parameters:
  ///   - leaves: the range to cover.
  ///   - roots: the roots of the trees, in the order of their leaves.
  /// - Returns: nodes in the order of their leaves.
  public static func cover(_ leaves: Range<Int>, roots: [Node]) -> [Node] {
    roots.flatMap { cover(leaves, root: $0) }
  }

  private static func cover(_ leaves: Range<Int>, root: Node) -> [Node] {
    if !root.overlaps(leaves) { return [] }
    if leaves.lowerBound <= root.lowerBound && root.upperBound <= leaves.upperBound {
      return [root]
    }
    let (left, right) = children(of: root)
    return cover(leaves, root: left) + cover(leaves, root: right)
  }

  /// The combinations that turn the sums of some nodes into the sums of the roots.
  ///
  /// - Parameters:
  ///   - nodes: disjoint nodes that together cover all roots; node i's sum is in slot i.
  ///   - roots: the roots of the trees.
  /// - Returns: the combinations in tree order and where the roots end up.
  public static func schedule(merging nodes: [Node], roots: [Node]) -> Schedule {
    var slots: [Node: Int] = [:]
    for (slot, node) in nodes.enumerated() { slots[node] = slot }
    var merges: [Merge] = []
    func slot(of node: Node) -> Int {
      if let slot = slots[node] { return slot }
      let (left, right) = children(of: node)
      let into = slot(of: left)
      let from = slot(of: right)
      merges.append(
        Merge(into: into, from: from, leaves: left.count, otherLeaves: right.count))
      return into
    }
    let rootSlots = roots.map(slot(of:))
    return Schedule(merges: merges, rootSlots: rootSlots)
  }

  /// The number of partial sums that ``visit(_:depth:leaf:merge:)`` holds at once below a node.
  ///
  /// - Parameter node: the node to sum.
  /// - Returns: the height of the tree below it.
  public static func depth(of node: Node) -> Int {
    node.count == 1 ? 1 : 1 + depth(of: children(of: node).left)
  }

  /// Walks a node in tree order, with partial sums on a stack.
  ///
  /// - Parameters:
  ///   - node: the node to sum.
  ///   - depth: the stack position where its sum ends up.
  ///   - leaf: called for each leaf with its index and the stack position to write it to.
  ///   - merge: called to add stack position `from` to stack position `into`.
  public static func visit(
    _ node: Node, depth: Int = 0, leaf: (Int, Int) -> Void,
    merge: (_ into: Int, _ from: Int) -> Void
  ) {
    if node.count == 1 {
      leaf(node.lowerBound, depth)
      return
    }
    let (left, right) = children(of: node)
    visit(left, depth: depth, leaf: leaf, merge: merge)
    visit(right, depth: depth + 1, leaf: leaf, merge: merge)
    merge(depth, depth + 1)
  }
}
