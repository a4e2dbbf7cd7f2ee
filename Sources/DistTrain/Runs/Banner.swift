/// What a training says of itself when it starts, on one screen.
struct Banner {
  private let configuration: Configuration
  private let topology: HostTopology
  private let host: String
  private let folder: String
  private let start: StartingPoint
  private let ranksBefore: Int?

  /// Makes a banner.
  ///
  /// - Parameters:
  ///   - configuration: what is trained.
  ///   - topology: who trains.
  ///   - host: the name of rank 0's host.
  ///   - folder: the run folder.
  ///   - start: what the training starts from.
  ///   - ranksBefore: how many ranks trained before, if any.
  init(
    _ configuration: Configuration, topology: HostTopology, host: String, folder: String,
    start: StartingPoint, ranksBefore: Int?
  ) {
    self.configuration = configuration
    self.topology = topology
    self.host = host
    self.folder = folder
    self.start = start
    self.ranksBefore = ranksBefore
  }

  /// The lines, each with its subject in front.
  ///
  /// - Throws: `Failure`, never for a configuration that was checked.
  func lines() throws(Failure) -> [String] {
    let width = 12
    return [ProgramVersion.summary]
      + [
        ("network", "\(configuration.networkName), \(configuration.parameters) parameters"),
        ("data", data), ("ranks", ranks), ("batch", batch),
        ("schedule", schedule), ("recipe", try recipe()), ("run folder", "\(folder), \(state)"),
      ].map { $0 + String(repeating: " ", count: width - $0.count) + $1 }
  }

  private var data: String {
    let evaluated = configuration.holdsOut ? "held-out" : "test"
    return "\(configuration.dataset.title), \(configuration.trainImages) training images, "
      + "evaluated on \(configuration.evaluatedImages) \(evaluated) images"
  }

  private var ranks: String {
    topology.hosts.count == 1 ? "\(topology.summary) on \(host)" : topology.summary
  }

  private var batch: String {
    "\(configuration.globalBatch) in \(configuration.microShards) micro-shards, batch norm over "
      + "\(configuration.batchNormGroup) samples"
  }

  private var schedule: String {
    let images = Double(configuration.iterations) * Double(configuration.globalBatch)
    let epochs = (10 * images / Double(configuration.trainImages)).rounded() / 10
    return "\(configuration.iterations) iterations, \(epochs) epochs"
  }

  private func recipe() throws(Failure) -> String {
    let deviations = try configuration.deviationsFromRecipe()
    return configuration.recipe.rawValue
      + (deviations.isEmpty ? "" : ", except \(deviations.joined(separator: " "))")
  }

  /// What is begun or continued.
  private var state: String {
    let place = "iteration \(start.iteration) of \(configuration.iterations)"
    switch start {
    case .initialWeights: return "starting"
    case .other: return "starting with a checkpoint of \(place)"
    case .own:
      if start.iteration == configuration.iterations { return "done: \(place) is completed" }
      guard let before = ranksBefore, before != topology.ranks else {
        return "continuing after \(place)"
      }
      return "continuing after \(place), so far on \(before) \(before == 1 ? "rank" : "ranks")"
    }
  }
}

extension Configuration {
  /// How many images an evaluation has.
  var evaluatedImages: Int {
    holdsOut ? self.dataset.trainingImages - self.trainImages : self.dataset.testImages ?? 0
  }

  /// The flags by which a run differs from its recipe, apart from what network and images it has.
  ///
  /// - Returns: flags with their values, as they would be given.
  /// - Throws: `Failure`, never for a configuration that was checked.
  package func deviationsFromRecipe() throws(Failure) -> [String] {
    let own = self
    var recipe = try Configuration(
      PartialConfiguration {
        $0.recipe = own.recipe
        $0.network = own.network
        $0.depth = own.depth
        $0.shortcut = own.shortcut
        $0.dataset = own.dataset
      })
    // Where it is not given, it follows the batch.
    if self.batchNormGroup == self.globalBatch { recipe.batchNormGroup = self.globalBatch }
    let flags = Set(Settings.all.filter { $0.group != nil }.map(\.flag))
    let files = [Settings.table.initialWeightsSHA256.flag, Settings.table.fromSHA256.flag]
    return differences(from: recipe).compactMap { flag, own, _ in
      if files.contains(flag) { return "\(flag) (SHA-256 \(own.prefix(8))…)" }
      return flags.contains(flag) && own != "none" ? "\(flag) \(own)" : nil
    }
  }
}
