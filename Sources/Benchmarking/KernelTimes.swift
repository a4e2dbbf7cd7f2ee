import DistTrain
import Tensor

/// What the kernels of some training steps take, measured in steps of their own, since reading the
/// clock at every kernel costs a little.
struct KernelTimes: Codable {
  /// Milliseconds per step of each kind of kernel, in the order of its cases.
  let kernels: [Double]
  /// Milliseconds per step of everything together.
  let step: Double

  /// Measures steps.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - trainer: does the steps.
  ///   - steps: how many.
  /// - Throws: `Failure` if a step fails.
  init(_ trainer: Trainer, steps: Int) throws(Failure) {
    let (seconds, ticks) = (monotonicSeconds(), KernelClock.now)
    KernelClock.start()
    for _ in 0..<steps { _ = try trainer.step() }
    let times = KernelClock.stop()
    step = 1000 * (monotonicSeconds() - seconds) / Double(steps)
    let perTick = step / Double(KernelClock.now - ticks)
    kernels = times.map { Double($0.ticks) * perTick }
  }

  /// The kernels that took any time and the rest of the step, means over ranks.
  static func breakdown(_ ranks: [KernelTimes]) -> [BreakdownRow] {
    let count = Double(ranks.count)
    let step = ranks.reduce(0) { $0 + $1.step } / count
    func row(_ name: String, _ milliseconds: Double) -> BreakdownRow {
      BreakdownRow(name: name, milliseconds: milliseconds, share: milliseconds / step)
    }
    let rows = KernelClock.Kernel.allCases.map { kernel in
      row(kernel.name, ranks.reduce(0) { $0 + $1.kernels[kernel.rawValue] } / count)
    }
    let rest = step - rows.reduce(0) { $0 + $1.milliseconds }
    return rows.filter { $0.milliseconds > 0 } + [row("all else", rest)]
  }
}
