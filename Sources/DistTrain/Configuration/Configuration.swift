import ResNet
import Tensor

/// Everything that decides the weights and the logs of a run: what `config.json` holds.
///
/// It holds no rank count, path, time or host, so that the same training anywhere has the same
/// configuration. It is compared across ranks at start and with the run folder on a resume. Each of
/// ``Settings`` is a property of it by its name there:
///
///     var configuration = try Configuration(.paper) { $0.depth = 56 }
///     configuration.seed = 2
@dynamicMemberLookup
public struct Configuration: Equatable, Sendable {
  /// The form of `config.json` that this program reads and writes.
  public static let currentFormat = 1
  /// The bits that this program computes: changes whenever a release computes others.
  public static let currentNumerics = 1
  /// The longest schedule: years on any machine, and small enough to count its images.
  static let maximumIterations = 1_000_000_000

  /// Every key of `config.json` with its value.
  private var values: [String: any SettingValue]

  /// The configuration of a new run.
  ///
  /// - Parameters:
  ///   - recipe: what the values start from.
  ///   - give: gives those that are to be others.
  /// - Throws: `Failure` of kind usage for values that cannot be or contradict each other.
  public init(
    _ recipe: RecipeName, _ give: (inout PartialConfiguration) -> Void = { _ in }
  ) throws(Failure) {
    var given = PartialConfiguration()
    given.recipe = recipe
    give(&given)
    try self.init(given)
  }

  /// The configuration of a new run: a recipe's, with what was given.
  ///
  /// Its data-set digest is still to be set.
  ///
  /// - Parameter given: what was given.
  /// - Throws: `Failure` of kind usage for values that cannot be or contradict each other.
  public init(_ given: PartialConfiguration) throws(Failure) {
    values = Dictionary(uniqueKeysWithValues: Settings.all.map { ($0.key, $0.defaultValue) })
    let recipe = given.recipe ?? self.recipe
    apply(recipe.changes)
    apply(recipe.warmUp(network: given.network ?? self.network, depth: given.depth ?? self.depth))
    if given.warmUpIterations == 0 { self.warmUpLearningRate = nil }
    apply(given)
    self.trainImages = given.trainImages ?? self.dataset.trainingImages
    self.batchNormGroup = given.batchNormGroup ?? self.globalBatch
    try check()
    try checkProjections(given)
    setDerivedValues()
  }

  /// Makes a configuration of values of every setting.
  init(values: [String: any SettingValue]) { self.values = values }

  /// Every key of `config.json` with its value as the file holds it.
  var stored: [String: ConfigurationValue] { values.mapValues(\.stored) }

  /// Whether two configurations have the same values.
  ///
  /// - Parameters:
  ///   - left: a configuration.
  ///   - right: another.
  /// - Returns: whether their files are equal.
  public static func == (left: Configuration, right: Configuration) -> Bool {
    left.stored == right.stored
  }

  /// A setting's value.
  ///
  /// - Parameter path: the setting.
  /// - Returns: the value.
  public subscript<Value>(dynamicMember path: KeyPath<Settings, Setting<Value>>) -> Value {
    get {
      let setting = Settings.table[keyPath: path]
      return values[setting.key] as? Value ?? setting.defaultValue
    }
    set { values[Settings.table[keyPath: path].key] = newValue }
  }

  /// A setting's value.
  ///
  /// - Parameter setting: the setting.
  /// - Returns: the value.
  package subscript<S: SettingProtocol>(setting setting: S) -> S.Value {
    values[setting.key] as? S.Value ?? setting.defaultValue
  }

  /// Replaces the values that are given.
  ///
  /// Channel constants mean channel-mean-std, unless another normalisation is given too.
  ///
  /// - Parameter given: what replaces a recipe's values, or a stored run's.
  package mutating func apply(_ given: PartialConfiguration) {
    if given.mean != nil || given.std != nil { self.normalization = .channelMeanStd }
    values.merge(given.values) { $1 }
  }

  /// Whether the last training images are held out, to be evaluated in place of the test set.
  package var holdsOut: Bool { self.trainImages < self.dataset.trainingImages }

  /// The configuration with the values that follow from others.
  var withDerivedValues: Configuration {
    var configuration = self
    configuration.setDerivedValues()
    return configuration
  }

  /// Sets the values that follow from others.
  mutating func setDerivedValues() {
    self.classes = self.dataset.classes
    self.parameters = ParameterLayout(architecture).trainableCount
  }

  /// The network that this configuration trains.
  public var architecture: Architecture {
    Architecture(
      kind: self.network, depth: self.depth, shortcut: self.shortcut, stem: self.stem,
      classes: self.dataset.classes, imageSide: self.dataset.side)
  }
}
