import DistTrain
import Tensor

extension TrainingPhase {
  /// The name in reports.
  var name: String {
    switch self {
    case .minibatch: "minibatch"
    case .forward: "forward"
    case .statistics: "batch-norm all-reduce"
    case .loss: "loss"
    case .backward: "backward"
    case .allReduce: "gradient all-reduce"
    case .update: "update"
    }
  }
}

/// Measures where the time of training steps goes, in memory that is there beforehand.
///
/// The trainer tells when each phase begins: the time since the one before belongs to that one. The
/// communicator tells when each collective began and ended on this rank; what of it was waiting is
/// known only when the beginnings of all ranks are compared, see `WaitingTime`.
final class StepClock: TrainingObserver, CollectiveObserver {
  static let phases = TrainingPhase.allCases.count

  /// Seconds per step and phase, [steps][phases].
  package let seconds: DoubleView
  /// Begin and end of each collective in seconds of the host's clock, [collectives][2].
  let spans: DoubleView
  /// The step and the phase of each collective, [collectives][2].
  let places: MemoryView<Int32>
  private(set) var collectives = 0
  private(set) var steps = 0

  private let maximumSteps: Int
  private let maximumCollectives: Int
  private var phase: TrainingPhase?
  private var phaseBegin = 0.0
  private var collectiveBegin = 0.0

  /// Makes a clock.
  ///
  /// - Parameters:
  ///   - steps: the most steps that will be measured.
  ///   - collectivesPerStep: the most collectives in each.
  init(steps: Int, collectivesPerStep: Int) {
    maximumSteps = steps
    maximumCollectives = steps * collectivesPerStep
    seconds = DoubleView(zeros: steps * Self.phases)
    spans = DoubleView(zeros: maximumCollectives * 2)
    places = MemoryView(zeros: maximumCollectives * 2)
  }

  func stepBegins() {
    precondition(steps < maximumSteps, "more than \(maximumSteps) steps")
    steps += 1
  }

  func phaseBegins(_ phase: TrainingPhase) { end(next: phase) }

  func stepEnds() { end(next: nil) }

  private func end(next: TrainingPhase?) {
    let now = monotonicSeconds()
    if let phase { seconds[(steps - 1) * Self.phases + phase.rawValue] += now - phaseBegin }
    phase = next
    phaseBegin = now
  }

  func collectiveBegins() { collectiveBegin = monotonicSeconds() }

  func collectiveEnds() {
    guard let phase else { return }
    precondition(collectives < maximumCollectives, "more than \(maximumCollectives) collectives")
    spans[2 * collectives] = collectiveBegin
    spans[2 * collectives + 1] = monotonicSeconds()
    places[2 * collectives] = Int32(steps - 1)
    places[2 * collectives + 1] = Int32(phase.rawValue)
    collectives += 1
  }
}
