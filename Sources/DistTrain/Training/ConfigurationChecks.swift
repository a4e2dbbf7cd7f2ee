import ResNet

extension Configuration {
  /// The longest schedule: years on any machine, and small enough to count its images.
  static let maximumIterations = 1_000_000_000

  /// Checks that all values can be and fit each other.
  ///
  /// - Throws: `Failure` of kind usage that names the flag, its value and the remedy.
  func check() throws(Failure) {
    try checkNetwork()
    try checkData()
    try checkBatch()
    try checkSchedule()
  }

  private func require(_ holds: Bool, _ message: @autoclosure () -> String) throws(Failure) {
    if !holds { throw Failure(.usage, message()) }
  }

  private func checkNetwork() throws(Failure) {
    try require(
      Architecture.isValid(depth: depth),
      "--depth \(depth) is not 6n+2 with n ≥ 1, at most \(Architecture.maximumDepth); use 8, 14, "
        + "20, 32, 44, 56, 110, …")
    try require(
      network == .residual || shortcut == .A,
      "--network plain has no shortcuts, so it contradicts --shortcut \(shortcut.rawValue); "
        + "drop one of them")
  }

  private func checkData() throws(Failure) {
    if let objection = dataset.objection(toTrainingOn: trainImages) {
      throw Failure(.usage, "--train-images \(trainImages) is \(objection)")
    }
    try require(
      mean == nil && std == nil || normalize == .channelMeanStd,
      "--mean and --std contradict --normalize \(normalize.rawValue); "
        + "use --normalize channel-mean-std")
    _ = try channelConstants()
  }

  /// The channel means and deviations that replace the training set's.
  ///
  /// - Throws: `Failure` of kind usage, never once ``check()`` has passed.
  func channelConstants() throws(Failure) -> GivenChannelConstants {
    try GivenChannelConstants(flags: mean, std)
  }

  private func checkBatch() throws(Failure) {
    try require(
      globalBatch >= 1 && globalBatch <= trainImages,
      "--global-batch \(globalBatch) is not between 1 and the \(trainImages) training images")
    try require(
      microShards >= 1 && globalBatch % microShards == 0,
      "--micro-shards \(microShards) does not divide --global-batch \(globalBatch)")
    let samples = globalBatch / microShards
    try require(
      bnGroup >= 1 && globalBatch % bnGroup == 0 && bnGroup % samples == 0,
      "--bn-group \(bnGroup) is not a divisor of --global-batch \(globalBatch) made of whole "
        + "micro-shards of \(samples) samples")
  }

  private func checkSchedule() throws(Failure) {
    try require(iterations >= 1, "--iterations \(iterations) is below 1")
    try require(
      iterations <= Self.maximumIterations,
      "--iterations \(iterations) is above \(Self.maximumIterations); choose a shorter schedule")
    try require(lr > 0 && lr.isFinite, "--lr \(lr) is not a positive number")
    try require(gamma > 0 && gamma.isFinite, "--gamma \(gamma) is not a positive number")
    let text = milestones.map(String.init).joined(separator: ",")
    if let negative = milestones.first(where: { $0 < 0 }) {
      throw Failure(.usage, "--milestones \(text) has \(negative), which is below 0")
    }
    try require(
      zip(milestones, milestones.dropFirst()).allSatisfy { $0 < $1 },
      "--milestones \(text) is not ascending")
    try require(
      warmupIterations >= 0, "--warmup-iterations \(warmupIterations) is below 0")
    try require(
      (warmupLr != nil) == (warmupIterations > 0),
      "--warmup-lr and --warmup-iterations go together; give both, or neither")
    try require(
      warmupLr.map { $0 > 0 && $0.isFinite } ?? true, "--warmup-lr is not a positive number")
    try require(momentum >= 0 && momentum < 1, "--momentum \(momentum) is not in 0 ..< 1")
    try require(
      weightDecay >= 0 && weightDecay.isFinite, "--weight-decay \(weightDecay) is below 0")
    try require(evaluateEvery >= 0, "--evaluate-every \(evaluateEvery) is below 0")
    try require(logEvery >= 1, "--log-every \(logEvery) is below 1")
  }
}
