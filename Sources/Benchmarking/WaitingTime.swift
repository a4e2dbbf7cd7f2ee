import DistTrain
import Tensor

/// How long this rank waited in each phase of each step for ranks that came later.
///
/// A collective cannot end before its last rank begins it. On one host all ranks read the same
/// clock, so with everyone's beginnings gathered after the last step
///
///     waiting = max(0, last rank's begin − this rank's begin)
///
/// and the rest of the collective is the transfer itself. Measured steps are not disturbed: ranks
/// only note times. Clocks of several hosts differ by more than a reduction takes; there waiting is
/// not told apart.
struct WaitingTime {
  /// Seconds, [steps][phases].
  package let seconds: DoubleView

  /// Compares the beginnings of all ranks.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - clock: what this rank measured.
  ///   - communicator: the ranks, all on one host.
  /// - Throws: `Failure` if communication fails.
  init(_ clock: StepClock, communicator: Communicator) throws(Failure) {
    seconds = DoubleView(zeros: clock.steps * StepClock.phases)
    let count = clock.collectives
    let ranks = communicator.size
    let begins = DoubleView(zeros: ranks * count)
    for index in 0..<count { begins[communicator.rank * count + index] = clock.spans[2 * index] }
    try communicator.allGather(
      .agreement, counts: [Int](repeating: count, count: ranks), in: begins)
    for index in 0..<count {
      var last = 0.0
      for rank in 0..<ranks { last = max(last, begins[rank * count + index]) }
      let (begin, end) = (clock.spans[2 * index], clock.spans[2 * index + 1])
      let place = Int(clock.places[2 * index]) * StepClock.phases
      seconds[place + Int(clock.places[2 * index + 1])] += max(0, min(last, end) - begin)
    }
  }
}
