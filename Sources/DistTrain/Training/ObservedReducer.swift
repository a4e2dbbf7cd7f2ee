import ResNet
import Tensor

/// A reducer that tells an observer when it is at work.
///
/// Moments are combined on the way forward only, and sums on the way back.
final class ObservedReducer: StatisticsReducer {
  private let reducer: any StatisticsReducer<Failure>
  private let observer: any TrainingObserver

  init(_ reducer: any StatisticsReducer<Failure>, observer: any TrainingObserver) {
    self.reducer = reducer
    self.observer = observer
  }

  /// Combines rows by the other reducer.
  ///
  /// **Ranks**: collective.
  func combine(
    _ rows: DoubleView, by combination: Combination, into results: DoubleView
  ) throws(Failure) {
    observer.phaseBegins(.statistics)
    try reducer.combine(rows, by: combination, into: results)
    observer.phaseBegins(combination == .sum ? .backward : .forward)
  }
}
