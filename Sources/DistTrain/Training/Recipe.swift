import ResNet

extension Configuration {
  /// The configuration of a new run: a recipe's, with the flags that were given.
  ///
  /// - Parameter overrides: the flags that were given.
  /// - Returns: a configuration that passed all checks; its data-set digest is still to be set.
  /// - Throws: `Failure` of kind usage for values that cannot be or contradict each other.
  public static func resolve(_ overrides: ConfigurationOverrides) throws(Failure) -> Configuration {
    let recipe = overrides.recipe ?? .paper
    let depth = overrides.depth ?? 20
    let network = overrides.network ?? .residual
    var configuration = preset(recipe, network: network, depth: depth)
    if overrides.warmupIterations == 0 && overrides.warmupLr == nil {
      configuration.warmupLr = nil
    }
    overrides.apply(to: &configuration)
    configuration.trainImages = overrides.trainImages ?? configuration.dataset.trainingImages
    configuration.bnGroup = overrides.bnGroup ?? configuration.globalBatch
    try configuration.check()
    if let given = overrides.projectionInit, configuration.network == .plain {
      throw Failure(
        .usage,
        "--network plain has no projections, so it contradicts --projection-init "
          + "\(given.rawValue); drop one of them")
    }
    configuration.setDerivedValues()
    return configuration
  }

  /// A recipe's values for a network.
  private static func preset(
    _ recipe: RecipeName, network: Architecture.Kind, depth: Int
  ) -> Configuration {
    var configuration = paper
    configuration.network = network
    configuration.depth = depth
    switch recipe {
    case .paper:
      if depth >= 110 { configuration.setWarmup(iterations: 400) }
    case .tanjeffreyz:
      configuration.recipe = .tanjeffreyz
      configuration.normalize = .imageMean
      configuration.augment = .crop
      configuration.stem = .bare
      configuration.iterations = 62_560
      if depth >= 56 && network == .residual { configuration.setWarmup(iterations: 391) }
    }
    return configuration
  }

  private mutating func setWarmup(iterations: Int) {
    warmupLr = 0.01
    warmupIterations = iterations
  }

  /// Section 4.2 of the paper.
  private static var paper: Configuration {
    Configuration(
      recipe: .paper, network: .residual, depth: 20, shortcut: .A, projectionInit: .average,
      stem: .batchnorm, dataset: .cifar10,
      trainImages: DatasetDescription.cifar10.trainingImages, normalize: .pixelMean, mean: nil,
      std: nil, augment: .cropFlip, order: .shuffled, globalBatch: 128, microShards: 16,
      bnGroup: 128, iterations: 64_000, lr: 0.1, milestones: [32_000, 48_000], gamma: 0.1,
      warmupLr: nil, warmupIterations: 0, momentum: 0.9, weightDecay: 1e-4, weightDecayScope: .all,
      seed: 1, initialWeightsSha256: nil, evaluateEvery: 391, logEvery: 50, convolution: .vector,
      classes: DatasetDescription.cifar10.classes, parameters: 0, datasetSha256: "")
  }
}
