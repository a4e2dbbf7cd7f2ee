/// The iterations of a run, with what is written down after them.
///
/// Rank 0 writes while the others wait for it, so that a failure to write ends all ranks together
/// and a slow disk is not taken for a rank that hangs.
struct TrainingLoop {
  private let request: TrainingRequest
  private let communicator: Communicator
  private let trainer: Trainer
  private let journal: Journal?
  private let deadline: Deadline?

  /// Makes a loop.
  ///
  /// - Parameters:
  ///   - request: when to write checkpoints and to stop.
  ///   - communicator: the ranks.
  ///   - trainer: does the steps.
  ///   - journal: writes the run down, on rank 0.
  ///   - deadline: when rank 0 asks for a stop, if it does.
  init(
    _ request: TrainingRequest, communicator: Communicator, trainer: Trainer, journal: Journal?,
    deadline: Deadline?
  ) {
    self.request = request
    self.communicator = communicator
    self.trainer = trainer
    self.journal = journal
    self.deadline = deadline
  }

  private var configuration: Configuration { trainer.configuration }

  /// Trains until the schedule, `--stop-after`, `--time-limit` or a signal ends it.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameter isEvaluationPending: whether a signal stopped the run before the evaluation of its
  ///   last iteration.
  /// - Throws: `Failure`, of kind interrupted after a request to stop and its checkpoint.
  func run(isEvaluationPending: Bool) throws(Failure) {
    let end = request.stopAfter ?? configuration.iterations
    if isEvaluationPending {
      let isEvaluated = try evaluate()
      try save()
      if !isEvaluated { throw stopped() }
    }
    while trainer.state.iteration < end {
      let isStopRequested = try step()
      let iteration = trainer.state.iteration
      // Whoever asks for a stop, such as a launcher, may not wait for an evaluation.
      var isStopping = isStopRequested && iteration < end
      if configuration.evaluationSchedule.isDue(iteration) && !isStopping {
        isStopping = try !evaluate()
      }
      if isStopping { try journal?.say("stopping after iteration \(iteration)") }
      if iteration % request.checkpointEvery == 0 || iteration == end || isStopping { try save() }
      if isStopping { throw stopped() }
    }
    if trainer.state.iteration == configuration.iterations {
      try communicator.together(.saving) { () throws(Failure) in try journal?.writeModel() }
    }
  }

  /// Does a step and writes it down.
  ///
  /// - Returns: whether a rank was asked to stop.
  private func step() throws(Failure) -> Bool {
    let start = monotonicSeconds()
    let result = try trainer.step()
    try journal?.record(result, seconds: monotonicSeconds() - start)
    return result.isStopRequested
  }

  /// Evaluates and writes the result down.
  ///
  /// - Returns: whether it was done; a request to stop ends it.
  private func evaluate() throws(Failure) -> Bool {
    let start = monotonicSeconds()
    let metrics = try trainer.evaluateUnlessStopped { journal?.showEvaluation($0) }
    guard let metrics else { return false }
    let seconds = monotonicSeconds() - start
    if !metrics.loss.isFinite {
      throw Failure(
        .data,
        "the evaluation after iteration \(trainer.state.iteration) gives the loss \(metrics.loss); lower "
          + "--lr, or warm up with --warmup-lr and --warmup-iterations"
      ).shared
    }
    try communicator.together(.saving) { () throws(Failure) in
      try journal?.record(metrics, seconds: seconds)
    }
    return true
  }

  private func save() throws(Failure) {
    try communicator.together(.saving) { () throws(Failure) in
      try journal?.writeCheckpoint()
    }
  }

  private func stopped() -> Failure {
    let cause = deadline?.isOver == true ? "--time-limit" : "a signal"
    return Failure(
      .interrupted,
      "stopped by \(cause) after iteration \(trainer.state.iteration), with a checkpoint; run again with "
        + "--resume"
    ).shared
  }
}
