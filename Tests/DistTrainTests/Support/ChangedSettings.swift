import DistTrain

/// A tiny training that every setting has an effect on, and another value of each.
enum ChangedSettings {
  /// The settings that a flag of `train` gives.
  static let flagged = Settings.all.filter { $0.group != nil }

  /// What a run begins with.
  ///
  /// It has a warm-up, a drop, and a normalisation that takes channel constants, and gives whatever
  /// one setting implies of another.
  private static let base = PartialConfiguration {
    $0.recipe = .paper
    $0.depth = 8
    $0.dataset = .cifar10
    $0.normalization = .channelMeanStd
    $0.augmentation = .cropFlip
    $0.stem = .batchnorm
    $0.globalBatch = 16
    $0.microShards = 4
    $0.batchNormGroup = 16
    $0.iterations = 3
    $0.milestones = [2]
    $0.warmUpLearningRate = 0.01
    $0.warmUpIterations = 1
    $0.evaluateEvery = 0
    $0.logEvery = 1
  }

  /// Values that cannot be guessed, since most others are refused or change nothing.
  private static let exceptions = [
    "depth": "14", "dataset": "synthetic", "train_images": "45000", "mean": "0.5,0.4,0.3",
    "std": "0.2,0.25,0.3", "bn_group": "8", "momentum": "0.8", "evaluate_every": "2",
  ]

  /// What a run begins with where a setting is changed.
  static func base(of setting: some SettingProtocol) -> PartialConfiguration {
    var given = base
    // Only projections have initial values of their own.
    if setting.key == Settings.table.projectionInitialization.key { given.shortcut = .B }
    return given
  }

  /// Another value than the base's, as a flag gives it; nil where none is known.
  static func changedText<Setting: SettingProtocol>(of setting: Setting) -> String? {
    if let text = exceptions[setting.key] { return text }
    let value = base[setting: setting] ?? setting.defaultValue
    let words = Setting.Value.words
    if let place = words.firstIndex(of: value.flagText) {
      return words[(place + 1) % words.count]
    }
    switch value as Any {
    case let number as Int: return "\(2 * number)"
    case let number as UInt64: return "\(2 * number)"
    case let number as Double: return "\(2 * number)"
    case let numbers as [Int]: return numbers.map { 2 * $0 }.flagText
    default: return nil
    }
  }

  /// The flags of what is given, as `train` takes them.
  static func flags(_ given: PartialConfiguration) -> [String] {
    flagged.compactMap { setting in
      given.values[setting.key].map { "\(setting.flag)=\($0.flagText)" }
    }
  }
}
