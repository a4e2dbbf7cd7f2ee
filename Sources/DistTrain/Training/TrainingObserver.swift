/// What a trainer is doing during a step.
public enum TrainingPhase: Int, CaseIterable, Sendable {
  /// Images are drawn, cropped, flipped and normalised.
  case minibatch
  /// All convolutions, up to the last raw output.
  case forward
  /// The sums of a batch norm are combined over ranks, in the midst of forward or backward.
  case statistics
  /// The last activation, logits, cross-entropies and their gradients.
  case loss
  /// Gradients of all layers, summed over this rank's shards.
  case backward
  /// Metrics and gradients are summed over ranks.
  case allReduce
  /// The optimiser's step.
  case update
}

/// Told what a trainer does, as it does it.
public protocol TrainingObserver: AnyObject {
  /// A step begins.
  func stepBegins()
  /// A phase begins, and the one before it ends.
  ///
  /// - Parameter phase: what is done from now on.
  func phaseBegins(_ phase: TrainingPhase)
  /// A step ends, and its last phase with it.
  func stepEnds()
}
