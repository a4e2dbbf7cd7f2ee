/// How two rows of partial statistics over disjoint samples become one row over both.
public enum Combination: Equatable, Sendable {
  /// Element-wise sums.
  case sum
  /// Rows of n means, then n centred sums of squares, merged by the update of Chan, Golub and
  /// LeVeque (1979). Every leaf stands for the same number of values, `valuesPerLeaf`.
  case moments(valuesPerLeaf: Int)

  /// Merges one row into another.
  ///
  /// **Accuracy**: double precision; the moments do not cancel, whatever the mean.
  ///
  /// - Parameters:
  ///   - row: the left node's row, which becomes the parent's.
  ///   - leaves: the number of leaves below the left node.
  ///   - other: the right node's row, of the same count.
  ///   - otherLeaves: the number of leaves below the right node.
  public func merge(_ row: DoubleView, leaves: Int, with other: DoubleView, leaves otherLeaves: Int)
  {
    precondition(row.count == other.count, "rows of \(row.count) and \(other.count) values")
    let a = row.base
    let b = other.base
    switch self {
    case .sum:
      for index in 0..<row.count { a[index] += b[index] }
    case .moments(let valuesPerLeaf):
      let channels = row.count / 2
      let weight = Double(otherLeaves) / Double(leaves + otherLeaves)
      let pooled = Double(leaves * valuesPerLeaf) * weight
      for channel in 0..<channels {
        let difference = b[channel] - a[channel]
        a[channel] += difference * weight
        a[channels + channel] += b[channels + channel] + difference * difference * pooled
      }
    }
  }

  /// Combines the rows of the leaves below a node into the row of its first leaf.
  ///
  /// - Parameters:
  ///   - node: a node of the tree over the shards.
  ///   - rows: a row per shard, from `firstShard` on, [shards][width]; overwritten.
  ///   - width: the elements of a row.
  ///   - firstShard: the shard of the first row.
  public func combine(
    _ node: SummationTree.Node, rows: DoubleView, width: Int, firstShard: Int
  ) {
    if node.count == 1 { return }
    func row(_ shard: Int) -> DoubleView { rows.row(shard - firstShard, width: width) }
    let (left, right) = SummationTree.children(of: node)
    combine(left, rows: rows, width: width, firstShard: firstShard)
    combine(right, rows: rows, width: width, firstShard: firstShard)
    merge(
      row(left.lowerBound), leaves: left.count, with: row(right.lowerBound), leaves: right.count)
  }
}
