import ResNet

/// What a reproduction has done and has still to do, as its run folders say.
struct ReproductionPlan: Codable {
  /// How far each training is.
  enum State: Codable, Equatable {
    case missing
    case begun(iteration: Int)
    case finished
  }

  /// The states, in the order of the request's entries.
  let states: [State]

  /// Looks at the run folders.
  ///
  /// - Parameter request: what is asked for.
  /// - Throws: `Failure` of kind usage if a folder holds a run of other flags, or what reading its
  ///   configuration throws.
  init(_ request: ReproductionRequest) throws(Failure) {
    var states: [State] = []
    for entry in try request.entries() {
      let folder = RunFolder(request.path(of: entry))
      guard folder.holdsRun else {
        states.append(.missing)
        continue
      }
      try Self.check(folder, of: entry)
      let newest = ((try? folder.checkpoints.iterations()) ?? []).first
      // Published runs come without checkpoints, so there the log says how far they are.
      let completed = newest ?? Self.lastLoggedIteration(of: folder)
      let isFinished =
        completed >= entry.configuration.iterations && Files.exists(folder.modelPath)
      states.append(isFinished ? .finished : .begun(iteration: newest ?? 0))
    }
    self.states = states
  }

  private static func lastLoggedIteration(of folder: RunFolder) -> Int {
    (try? [TrainRow](contentsOf: folder.trainLogPath))?.last?.iteration ?? 0
  }

  /// Checks that a run that is there is the one that is asked for.
  private static func check(
    _ folder: RunFolder, of entry: ReproductionRequest.Entry
  ) throws(Failure) {
    let path = folder.configurationPath
    let stored = try Configuration(json: Files.read(path, remedy: "restore it"), file: path)
    var asked = entry.configuration
    asked.datasetSHA256 = stored.datasetSHA256
    if let difference = asked.differences(from: stored).first {
      throw Failure(
        .usage,
        "\(folder.path) holds a run of \(difference.flag) \(difference.other), and this call asks "
          + "for \(difference.own); use another --into")
    }
  }

  /// The floating-point operations that a training still needs, evaluations included.
  static func operations(of configuration: Configuration, from state: State) -> Double {
    let completed: Int
    switch state {
    case .missing: completed = 0
    case .begun(let iteration): completed = iteration
    case .finished: return 0
    }
    let cost = StepCost(configuration.architecture)
    let steps = configuration.iterations - completed
    let evaluations =
      configuration.evaluateEvery > 0 ? steps / configuration.evaluateEvery + 1 : 0
    let images = configuration.dataset.testImages ?? 0
    return Double(steps * configuration.globalBatch) * Double(cost.operationsPerImage)
      + Double(evaluations * images) * Double(2 * cost.multiplyAdds)
  }
}
