import ResNet

/// The flags that were given: what a recipe, or the run that is resumed, does not decide.
public struct ConfigurationOverrides: Equatable, Sendable {
  /// `--recipe`.
  public var recipe: Configuration.RecipeName?
  /// `--network`.
  public var network: Architecture.Kind?
  /// `--depth`.
  public var depth: Int?
  /// `--shortcut`.
  public var shortcut: Architecture.Shortcut?
  /// `--projection-init`.
  public var projectionInit: ProjectionInit?
  /// `--stem`.
  public var stem: Architecture.Stem?
  /// `--dataset`.
  public var dataset: Configuration.DatasetName?
  /// `--train-images`.
  public var trainImages: Int?
  /// `--normalize`.
  public var normalize: Configuration.Normalization?
  /// `--mean`.
  public var mean: [Double]?
  /// `--std`.
  public var std: [Double]?
  /// `--augment`.
  public var augment: Configuration.Augmentation?
  /// `--order`.
  public var order: Configuration.Order?
  /// `--global-batch`.
  public var globalBatch: Int?
  /// `--micro-shards`.
  public var microShards: Int?
  /// `--bn-group`.
  public var bnGroup: Int?
  /// `--iterations`.
  public var iterations: Int?
  /// `--lr`.
  public var lr: Double?
  /// `--milestones`.
  public var milestones: [Int]?
  /// `--gamma`.
  public var gamma: Double?
  /// `--warmup-lr`.
  public var warmupLr: Double?
  /// `--warmup-iterations`.
  public var warmupIterations: Int?
  /// `--momentum`.
  public var momentum: Double?
  /// `--weight-decay`.
  public var weightDecay: Double?
  /// `--weight-decay-scope`.
  public var weightDecayScope: Configuration.WeightDecayScope?
  /// `--seed`.
  public var seed: UInt64?
  /// The digest of the file of `--init-weights`.
  public var initialWeightsSha256: String?
  /// `--evaluate-every`.
  public var evaluateEvery: Int?
  /// `--log-every`.
  public var logEvery: Int?
  /// `--convolution`.
  public var convolution: Configuration.Convolution?

  /// Makes overrides of nothing.
  public init() {}

  /// Replaces the values that were given.
  ///
  /// Channel constants mean channel-mean-std, unless another normalisation is given too.
  ///
  /// - Parameter configuration: a recipe's, or a stored run's.
  func apply(to configuration: inout Configuration) {
    func replace<Value>(_ path: WritableKeyPath<Configuration, Value>, _ value: Value?) {
      if let value { configuration[keyPath: path] = value }
    }
    replace(\.recipe, recipe)
    replace(\.network, network)
    replace(\.depth, depth)
    replace(\.shortcut, shortcut)
    replace(\.projectionInit, projectionInit)
    replace(\.stem, stem)
    replace(\.dataset, dataset)
    replace(\.trainImages, trainImages)
    let isGivenConstants = mean != nil || std != nil
    replace(\.normalize, normalize ?? (isGivenConstants ? .channelMeanStd : nil))
    replace(\.mean, mean.map(Optional.some))
    replace(\.std, std.map(Optional.some))
    replace(\.augment, augment)
    replace(\.order, order)
    replace(\.globalBatch, globalBatch)
    replace(\.microShards, microShards)
    replace(\.bnGroup, bnGroup)
    replace(\.iterations, iterations)
    replace(\.lr, lr)
    replace(\.milestones, milestones)
    replace(\.gamma, gamma)
    replace(\.warmupLr, warmupLr.map(Optional.some))
    replace(\.warmupIterations, warmupIterations)
    replace(\.momentum, momentum)
    replace(\.weightDecay, weightDecay)
    replace(\.weightDecayScope, weightDecayScope)
    replace(\.seed, seed)
    replace(\.initialWeightsSha256, initialWeightsSha256.map(Optional.some))
    replace(\.evaluateEvery, evaluateEvery)
    replace(\.logEvery, logEvery)
    replace(\.convolution, convolution)
  }
}
