import ResNet
import Tensor

/// A batch-norm reduction that marks what came before it and itself on a clock.
///
/// Moments are combined on the way forward only, and sums on the way back.
final class ClockedReduction: BatchReduction {
  private let reduction: any BatchReduction
  private let clock: StepClock

  init(_ reduction: any BatchReduction, clock: StepClock) {
    self.reduction = reduction
    self.clock = clock
  }

  /// Combines rows by the other reduction.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - leaves: [local micro-shards][width]; overwritten.
  ///   - combination: how two rows merge.
  ///   - results: [roots][width].
  /// - Throws: what the other reduction throws.
  func combine(
    _ leaves: DoubleView, by combination: Combination, into results: DoubleView
  ) throws {
    clock.mark(combination == .sum ? .backward : .forward)
    try reduction.combine(leaves, by: combination, into: results)
    clock.mark(.batchNorm)
  }
}
