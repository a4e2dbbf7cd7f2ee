import Tensor

/// What the time of a training step goes to.
///
/// Forward ends with the statistics of the last batch norm; the loss, whose gradient is computed
/// image by image with it, belongs to backward.
enum StepPhase: Int, CaseIterable {
  case batchAssembly, forward, backward, batchNorm, loss, gradient, update

  var name: String {
    switch self {
    case .batchAssembly: "batch assembly"
    case .forward: "forward"
    case .backward: "backward"
    case .batchNorm: "batch-norm reductions"
    case .loss: "loss reduction"
    case .gradient: "gradient reduction"
    case .update: "update"
    }
  }
}

/// Measures where the time of training steps goes, in memory that is there beforehand.
///
/// The trainer marks the end of each phase: the time since the mark before belongs to it. The
/// communicator tells when each collective began and ended on this rank; what of it was waiting is
/// known only when the beginnings of all ranks are compared, see `WaitingTime`.
final class StepClock {
  static let phases = StepPhase.allCases.count

  /// Seconds per step and phase, [steps][phases].
  let seconds: DoubleView
  /// Begin and end of each collective in seconds of the host's clock, [collectives][2].
  let spans: DoubleView
  /// The step and the phase of each collective, [collectives][2].
  let places: MemoryView<Int32>
  private(set) var collectives = 0
  private(set) var steps = 0

  private let maximumSteps: Int
  private let maximumCollectives: Int
  private var lastMark = 0.0
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

  /// Begins a step.
  func beginStep() {
    precondition(steps < maximumSteps, "more than \(maximumSteps) steps")
    steps += 1
    lastMark = monotonicSeconds()
  }

  /// Ends a phase, or a part of it.
  func mark(_ phase: StepPhase) {
    let now = monotonicSeconds()
    seconds[(steps - 1) * Self.phases + phase.rawValue] += now - lastMark
    lastMark = now
  }

  /// Notes that this rank has reached a collective.
  func beginCollective() { collectiveBegin = monotonicSeconds() }

  /// Notes that a collective is complete on this rank.
  func endCollective(_ collective: Collective) {
    guard steps > 0, let phase = collective.phase else { return }
    precondition(collectives < maximumCollectives, "more than \(maximumCollectives) collectives")
    spans[2 * collectives] = collectiveBegin
    spans[2 * collectives + 1] = monotonicSeconds()
    places[2 * collectives] = Int32(steps - 1)
    places[2 * collectives + 1] = Int32(phase.rawValue)
    collectives += 1
  }
}

extension Collective {
  /// The phase of a step that the collective belongs to; nil outside steps.
  fileprivate var phase: StepPhase? {
    switch self {
    case .batchNorm: .batchNorm
    case .loss: .loss
    case .gradientSlices, .gradient: .gradient
    case .agreement, .broadcast, .barrier, .evaluation, .saving: nil
    }
  }
}
