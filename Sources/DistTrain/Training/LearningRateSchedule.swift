/// The learning rate as a pure function of the iteration; §4.2 of the paper.
public struct LearningRateSchedule: Equatable, Sendable {
  private let initial: Double
  private let milestones: [Int]
  private let gamma: Double
  private let warmup: (rate: Double, iterations: Int)?

  /// Makes the schedule of a run.
  ///
  /// - Parameter configuration: the run's configuration.
  public init(_ configuration: Configuration) {
    initial = configuration.learningRate
    milestones = configuration.milestones
    gamma = configuration.decayFactor
    warmup =
      configuration.warmUpIterations == 0
      ? nil : configuration.warmUpLearningRate.map { ($0, configuration.warmUpIterations) }
  }

  /// The learning rate of a step.
  ///
  /// The warm-up's during the warm-up, else the initial one times γ for every milestone that is not
  /// after the iteration. Where 1/γ is a whole number the rate is divided by it, so that 0.1 becomes
  /// 0.01 and not its neighbour.
  ///
  /// - Parameter iteration: the step, counted from 0.
  /// - Returns: the rate.
  public func rate(at iteration: Int) -> Double {
    if let warmup, iteration < warmup.iterations { return warmup.rate }
    let divisor = (1 / gamma).rounded()
    let drops = milestones.prefix { $0 <= iteration }
    return drops.reduce(initial) { rate, _ in
      1 / divisor == gamma ? rate / divisor : rate * gamma
    }
  }

  /// Whether two schedules give the same rates.
  ///
  /// - Parameters:
  ///   - left: a schedule.
  ///   - right: another.
  /// - Returns: whether their parameters are equal.
  public static func == (left: LearningRateSchedule, right: LearningRateSchedule) -> Bool {
    left.initial == right.initial && left.milestones == right.milestones
      && left.gamma == right.gamma && left.warmup?.rate == right.warmup?.rate
      && left.warmup?.iterations == right.warmup?.iterations
  }
}
