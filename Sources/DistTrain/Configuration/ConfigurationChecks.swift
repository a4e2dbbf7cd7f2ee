import ResNet

extension Configuration {
  /// Checks that all values can be, each by itself, and that they fit each other.
  ///
  /// - Throws: `Failure` of kind usage that names the flag, its value and the remedy.
  public func check() throws(Failure) {
    for setting in Settings.all { try setting.check(self) }
    try require(
      self.network == .residual || self.shortcut == .A,
      "--network plain has no shortcuts, so it contradicts --shortcut \(self.shortcut.rawValue); "
        + "drop one of them")
    if let objection = self.dataset.objection(toTrainingOn: self.trainImages) {
      throw Failure(.usage, "--train-images \(self.trainImages) is \(objection)")
    }
    _ = try channelConstants()
    try checkBatch()
    try require(
      (self.warmUpLearningRate != nil) == (self.warmUpIterations > 0),
      "--warmup-lr and --warmup-iterations go together; give both, or neither")
  }

  /// Checks that all values can be, and that images are of the data set that they name.
  ///
  /// - Parameter dataset: the images.
  /// - Throws: `Failure` of kind usage.
  package func check(trainingOn dataset: Dataset) throws(Failure) {
    try check()
    try require(
      dataset.description == self.dataset,
      "the configuration names the data set \(self.dataset.name), but the images are of "
        + "\(dataset.description.name); give it the description of the images")
  }

  /// Checks that initial projections are given to a network that has projections.
  ///
  /// - Parameter given: what was given.
  /// - Throws: `Failure` of kind usage.
  func checkProjections(_ given: PartialConfiguration) throws(Failure) {
    guard let projections = given.projectionInitialization else { return }
    try require(
      self.network == .residual,
      "--network plain has no projections, so it contradicts --projection-init "
        + "\(projections.rawValue); drop one of them")
  }

  /// The channel means and deviations that replace the training set's.
  ///
  /// - Throws: `Failure` of kind usage, never once ``check()`` has passed.
  func channelConstants() throws(Failure) -> GivenChannelConstants {
    try .init(self.mean, self.std, self.normalization)
  }

  private func checkBatch() throws(Failure) {
    let batch = self.globalBatch
    try require(
      batch >= 1 && batch <= self.trainImages,
      "--global-batch \(batch) is not between 1 and the \(self.trainImages) training images")
    try require(
      self.microShards >= 1 && batch % self.microShards == 0,
      "--micro-shards \(self.microShards) does not divide --global-batch \(batch)")
    let samples = batch / self.microShards
    let group = self.batchNormGroup
    try require(
      group >= 1 && batch % group == 0 && group % samples == 0,
      "--bn-group \(group) is not a divisor of --global-batch \(batch) made of whole "
        + "micro-shards of \(samples) samples")
  }
}

extension PartialConfiguration {
  /// The channel means and deviations that are given.
  ///
  /// - Throws: `Failure` of kind usage that names the flag, its value and the remedy.
  func channelConstants() throws(Failure) -> GivenChannelConstants {
    try .init(self.mean, self.std, self.normalization ?? .channelMeanStd)
  }
}

extension GivenChannelConstants {
  /// Checks channel constants, and that they are given to the normalisation that has them.
  fileprivate init(
    _ mean: [Double]?, _ std: [Double]?, _ normalization: Configuration.Normalization
  ) throws(Failure) {
    try require(
      mean == nil && std == nil || normalization == .channelMeanStd,
      "--mean and --std contradict --normalize \(normalization.rawValue); "
        + "use --normalize channel-mean-std")
    try self.init(flags: mean, std)
  }
}

private func require(_ holds: Bool, _ message: @autoclosure () -> String) throws(Failure) {
  if !holds { throw Failure(.usage, message()) }
}
