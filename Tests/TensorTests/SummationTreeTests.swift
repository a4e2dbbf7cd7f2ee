import Tensor
import Testing

@Suite struct SummationTreeTests {
  @Test func aNodeSplitsAfterTheLargestPowerOfTwoBelowItsCount() {
    #expect(SummationTree.children(of: 0..<16) == (0..<8, 8..<16))
    #expect(SummationTree.children(of: 0..<5) == (0..<4, 4..<5))
    #expect(SummationTree.children(of: 3..<6) == (3..<5, 5..<6))
    #expect(SummationTree.children(of: 7..<9) == (7..<8, 8..<9))
  }

  /// The sum of a tree as a formula, so that two orders of addition differ as text.
  private func formula(_ node: Range<Int>) -> String {
    if node.count == 1 { return "\(node.lowerBound)" }
    let (left, right) = SummationTree.children(of: node)
    return "(\(formula(left))+\(formula(right)))"
  }

  @Test(arguments: [(16, 1), (16, 3), (16, 5), (16, 16), (12, 5), (7, 3)])
  func coveringAndMergingGivesTheTreeWhateverTheRanks(leaves: Int, ranks: Int) {
    let root = 0..<leaves
    let bounds = (0...ranks).map { leaves * $0 / ranks }
    let nodes = (0..<ranks).flatMap {
      SummationTree.cover(bounds[$0]..<bounds[$0 + 1], roots: [root])
    }
    var slots = nodes.map(formula)
    let schedule = SummationTree.schedule(merging: nodes, roots: [root])
    for merge in schedule.merges {
      slots[merge.into] = "(\(slots[merge.into])+\(slots[merge.from]))"
    }
    #expect(slots[schedule.rootSlots[0]] == formula(root))
  }

  @Test func visitingANodeAddsInTreeOrder() {
    var stack = [String](repeating: "", count: SummationTree.depth(of: 0..<13))
    SummationTree.visit(0..<13) { leaf, slot in
      stack[slot] = "\(leaf)"
    } merge: { into, from in
      stack[into] = "(\(stack[into])+\(stack[from]))"
    }
    #expect(stack[0] == formula(0..<13))
  }
}
