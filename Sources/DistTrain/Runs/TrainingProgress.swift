/// Where a training is, for a display that follows it.
public struct TrainingProgress: Equatable, Sendable {
  /// Which training it is, where there are several; else empty.
  public var title = ""
  /// Completed iterations.
  public var iteration: Int
  /// Iterations of the schedule.
  public var iterations: Int
  /// Images seen, divided by the training images.
  public var epoch = 0.0
  /// The learning rate of the last step.
  public var learningRate = 0.0
  /// The mean cross-entropy of the last steps, in training mode.
  public var loss = 0.0
  /// The fraction of the last steps' images that were classified wrongly, in training mode.
  public var error = 0.0
  /// The rate of the last steps.
  public var imagesPerSecond = 0.0
  /// Seconds until the run ends, its evaluations included.
  public var secondsLeft = 0.0
  /// The last evaluation's fraction of images that were classified wrongly; nil before the first.
  public var testError: Double?
  /// The least of all evaluations.
  public var bestTestError: Double?
  /// Whether evaluations measure held-out images in place of the test set.
  public var isHeldOut: Bool
  /// Which part of an evaluation is done; nil while there is none.
  public var evaluated: Double?

  /// The time that is left, in the two largest units that say something.
  public var timeLeft: String { Progress.duration(secondsLeft) }
}
