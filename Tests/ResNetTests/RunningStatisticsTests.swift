import ResNet
import Testing

/// Running statistics after a pass in training mode, where three batch-norm groups share them.
@Suite struct RunningStatisticsTests {
  private let pair: Pair

  init() throws {
    pair = Pair(
      Architecture(depth: 8, shortcut: .B, imageSide: 16),
      partition: BatchPartition(globalBatch: 6, shards: 6, groupSamples: 2))
    pair.computeGradients()
  }

  /// The largest distance from a plain network's in any tensor, in parts of how far the latter went.
  private func distance(to change: (inout PlainNetwork) -> Void = { _ in }) -> Double {
    var plain = pair.plain
    change(&plain)
    plain.updateRunningStatistics(pair.images)
    var worst = 0.0
    for slot in pair.network.layout.runningStatistics {
      let found = pair.network.values(of: slot).map(Double.init)
      guard let before = pair.plain.tensors[slot.name], let after = plain.tensors[slot.name],
        found.count == after.count
      else { return .infinity }
      let way = zip(after, before).map { abs($0 - $1) }.max() ?? 0
      worst = max(worst, (zip(found, after).map { abs($0 - $1) }.max() ?? .infinity) / way)
    }
    return worst
  }

  /// Means and variances are summed in double precision over values that single precision has right
  /// to parts of 1e-6.
  @Test func theyFollowTheMeanOverTheGroupsOfMeansAndUnbiasedVariances() {
    #expect(distance() < 1e-5)
  }

  /// Where statistics are over 2·4·4 values, 1/32 of a variance is the bias.
  @Test func anotherFormulaWouldBeNoticed() {
    let others: [(inout PlainNetwork) -> Void] = [
      { $0.isUnbiased = false }, { $0.momentum = 0.099 }, { $0.groupSamples = 6 },
      { $0.groupSamples = 3 },
    ]
    for (index, other) in others.enumerated() {
      #expect(distance(to: other) > 1e-3, "formula \(index)")
    }
  }
}
