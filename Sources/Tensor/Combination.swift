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
}
