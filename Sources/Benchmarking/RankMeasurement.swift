import DistTrain
import Tensor

/// What one rank measured of its steps, as it tells the others.
struct RankMeasurement: Codable {
  /// Milliseconds per step.
  let milliseconds: Summary
  /// Milliseconds per step of each phase without waiting, medians over steps.
  let phases: [Double]
  /// Milliseconds per step of waiting for slower ranks, median over steps.
  let waiting: Double
  let isWaitingApart: Bool
  let peakGflops: Double
  let peakResidentBytes: Int
  let allocationsPerStep: StepReport.Allocations?
  let kernels: KernelTimes

  /// Summarises the steps after the warm-up.
  init(
    _ clock: StepClock, steps: Range<Int>, waiting: WaitingTime?, peakGflops: Double,
    peakResidentBytes: Int, allocationsPerStep: StepReport.Allocations?,
    kernels: KernelTimes
  ) {
    let count = StepClock.phases
    func milliseconds(_ table: DoubleView, _ step: Int, _ phase: Int) -> Double {
      1000 * table[step * count + phase]
    }
    let none = DoubleView(zeros: clock.seconds.count)
    let waits = waiting?.seconds ?? none
    self.milliseconds = Summary(
      steps.map { step in
        (0..<count).reduce(0) { $0 + milliseconds(clock.seconds, step, $1) }
      })
    phases = (0..<count).map { phase in
      Summary(
        steps.map { milliseconds(clock.seconds, $0, phase) - milliseconds(waits, $0, phase) }
      ).median
    }
    self.waiting =
      Summary(steps.map { step in (0..<count).reduce(0) { $0 + milliseconds(waits, step, $1) } })
      .median
    isWaitingApart = waiting != nil
    self.peakGflops = peakGflops
    self.peakResidentBytes = peakResidentBytes
    self.allocationsPerStep = allocationsPerStep
    self.kernels = kernels
  }

  /// The phases and the waiting, means over ranks.
  static func breakdown(_ ranks: [RankMeasurement]) -> [BreakdownRow] {
    func mean(_ value: (RankMeasurement) -> Double) -> Double {
      ranks.reduce(0) { $0 + value($1) } / Double(ranks.count)
    }
    let step = mean(\.milliseconds.median)
    func row(_ name: String, _ milliseconds: Double) -> BreakdownRow {
      BreakdownRow(name: name, milliseconds: milliseconds, share: milliseconds / step)
    }
    return TrainingPhase.allCases.map { phase in row(phase.name, mean { $0.phases[phase.rawValue] })
    }
      + [row("waiting for slower ranks", mean(\.waiting))]
  }
}
