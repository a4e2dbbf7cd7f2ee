import ResNet

/// All options of a training, each written once: the keys of `config.json` and the flags of `train`.
///
/// To add one, declare it here and use it; flag, help, checks, `config.json` and the comparison of
/// ranks follow. Within a group, `train --help` has them in this order.
public struct Settings: Sendable {
  /// The form of `config.json`.
  public let format = Setting(recorded: "format", default: Configuration.currentFormat)
  /// Which bits the run has; it continues only where they are computed.
  public let numerics = Setting(recorded: "numerics", default: Configuration.currentNumerics)

  /// The preset that the other values started from.
  public let recipe = Setting(
    "recipe", default: Configuration.RecipeName.paper, .network,
    "Preset of all values below: paper or tanjeffreyz.")
  /// Plain or residual.
  public let network = Setting(
    "network", default: Architecture.Kind.residual, .network, "Plain or residual.")
  /// Weighted layers, 6n+2.
  public let depth = Setting(
    "depth", default: 20, .network,
    "Weighted layers, 6n+2, at most \(Architecture.maximumDepth).",
    fault: {
      Architecture.isValid(depth: $0)
        ? nil
        : "is not 6n+2 with n ≥ 1, at most \(Architecture.maximumDepth); use 8, 14, 20, 32, 44, "
          + "56, 110, …"
    })
  /// The shortcut option.
  public let shortcut = Setting(
    "shortcut", default: Architecture.Shortcut.A, .network,
    "A: zero-padding; B: projections where the size changes; C: everywhere.")
  /// Initial values of projections.
  public let projectionInitialization = Setting(
    "projection_init", default: ProjectionInitialization.average, .network,
    "Initial projections: 1/N with zero bias, or Kaiming normal.")
  /// The first convolution.
  public let stem = Setting(
    "stem", default: Architecture.Stem.batchnorm, .network,
    "bare: first convolution with bias, no batch norm, no ReLU.")
  /// Which kernels compute convolutions.
  public let convolution = Setting(
    "convolution", default: Configuration.Convolution.vector, .network,
    "Convolution kernels; equal bits are promised for vector.")

  /// The images.
  public let dataset = Setting(
    "dataset", default: DatasetDescription.cifar10, .data,
    "\(DatasetDescription.allCases.map(\.name).joined(separator: ", ")), the last of them drawn "
      + "shapes in ten classes.")
  /// The number of training images, of which the last may be held out.
  public let trainImages = Setting(
    "train_images", default: DatasetDescription.cifar10.trainingImages, .data,
    "Training images: 50000, or 45000 to evaluate on the last 5000.")
  /// What bytes/255 are reduced by.
  public let normalization = Setting(
    "normalize", default: Configuration.Normalization.pixelMean, .data,
    "What bytes/255 are reduced by: pixel-mean, channel-mean, image-mean, or channel-mean-std.",
    defaultText: "pixel-mean, or channel-mean-std with --mean or --std")
  /// Channel means that override the training set's, red, green, blue, of bytes/255.
  public let mean = Setting(
    "mean", default: [Double]?.none, .data, "Channel means r,g,b of bytes/255, in 0…1.",
    defaultText: "the data's")
  /// Channel standard deviations that override the training set's.
  public let std = Setting(
    "std", default: [Double]?.none, .data, "Channel deviations r,g,b of bytes/255, in (0, 1].",
    defaultText: "the data's")
  /// What is done to each training image.
  public let augmentation = Setting(
    "augment", default: Configuration.Augmentation.cropFlip, .data,
    "none, crop, or crop-flip: pad 4, crop 32×32, mirror.")
  /// The order of an epoch.
  public let order = Setting(
    "order", default: Configuration.Order.shuffled, .data,
    "shuffled, or sequential: records in file order.")

  /// Samples of an iteration, over all ranks.
  public let globalBatch = Setting(
    "global_batch", default: 128, .batch, "Samples per iteration over all ranks.")
  /// Micro-shards of a global batch.
  public let microShards = Setting(
    "micro_shards", default: 16, .batch,
    "Parts of the batch that sums are made of; at least the ranks.")
  /// Samples that share batch-norm statistics.
  public let batchNormGroup = Setting(
    "bn_group", default: 128, .batch, "Samples that share batch-norm statistics.",
    defaultText: "the global batch")

  /// Length of the schedule in iterations.
  public let iterations = Setting(
    "iterations", default: 64_000, .schedule, "Length of the schedule in iterations.",
    fault: {
      below(1)($0)
        ?? ($0 > Configuration.maximumIterations
          ? "is above \(Configuration.maximumIterations); choose a shorter schedule" : nil)
    })
  /// The initial learning rate.
  public let learningRate = Setting(
    "lr", default: 0.1, .schedule, "Initial learning rate.", fault: notPositive)
  /// Iterations, counted from 0, at which the learning rate drops; ascending.
  public let milestones = Setting(
    "milestones", default: [32_000, 48_000], .schedule,
    "Iterations from 0 at which the rate drops, ascending.", fault: notAscending)
  /// The factor of each drop.
  public let decayFactor = Setting(
    "gamma", default: 0.1, .schedule, "Factor of each drop.", fault: notPositive)
  /// The learning rate of the warm-up.
  public let warmUpLearningRate = Setting(
    "warmup_lr", default: Double?.none, .schedule, "Learning rate of the warm-up.",
    defaultText: "none; \(WarmUp.learningRate) where the recipe warms up",
    fault: { $0.flatMap(notPositive) })
  /// Iterations of the warm-up; 0 for none.
  public let warmUpIterations = Setting(
    "warmup_iterations", default: 0, .schedule, "Iterations of the warm-up; 0 for none.",
    defaultText: "none; \(WarmUp.summary)", fault: below(0))
  /// Momentum of SGD.
  public let momentum = Setting(
    "momentum", default: 0.9, .schedule, "Momentum of SGD.",
    fault: { $0 >= 0 && $0 < 1 ? nil : "is not in 0 ..< 1" })
  /// Weight decay of SGD.
  public let weightDecay = Setting(
    "weight_decay", default: 1e-4, .schedule, "Weight decay of SGD.", defaultText: "1e-4",
    fault: { $0 >= 0 && $0.isFinite ? nil : "is below 0" })
  /// Which parameters weight decay acts on.
  public let weightDecayScope = Setting(
    "weight_decay_scope", default: Configuration.WeightDecayScope.all, .schedule,
    "all, or weights: spare biases and batch norm.")
  /// Seed of initial weights, order and augmentation.
  public let seed = Setting(
    "seed", default: UInt64(1), .schedule, "Seed of weights, order and augmentation.")

  /// Iterations between evaluations; 0 for never.
  public let evaluateEvery = Setting(
    "evaluate_every", default: 391, .run, "Iterations between evaluations; 0 for never.",
    fault: below(0))
  /// Iterations between rows of `train.csv`.
  public let logEvery = Setting(
    "log_every", default: 50, .run, "Iterations between rows of train.csv.", fault: below(1))

  /// SHA-256 of the file of initial weights, if one was given.
  public let initialWeightsSHA256 = Setting(
    recorded: "initial_weights_sha256", default: String?.none, from: "--init-weights")
  /// SHA-256 of the checkpoint of another run that the run began with, if it began with one.
  public let fromSHA256 = Setting(
    recorded: "from_sha256", default: String?.none, from: "--from")
  /// The number of classes of the data set.
  public let classes = Setting(recorded: "classes", default: 10)
  /// The number of trainable parameters.
  public let parameters = Setting(recorded: "parameters", default: 0)
  /// SHA-256 of the training and test images and labels.
  public let datasetSHA256 = Setting(recorded: "dataset_sha256", default: "")

  /// The one table.
  public static let table = Settings()

  /// All settings, in their order.
  package static let all = Mirror(reflecting: table).children.compactMap {
    $0.value as? any SettingProtocol
  }

  /// All settings, in the order of `config.json`.
  static let sortedByKey = all.sorted { $0.key < $1.key }
}

private func below(_ minimum: Int) -> @Sendable (Int) -> String? {
  { $0 < minimum ? "is below \(minimum)" : nil }
}

@Sendable private func notPositive(_ number: Double) -> String? {
  number > 0 && number.isFinite ? nil : "is not a positive number"
}

@Sendable private func notAscending(_ numbers: [Int]) -> String? {
  if let negative = numbers.first(where: { $0 < 0 }) {
    return "has \(negative), which is below 0"
  }
  return zip(numbers, numbers.dropFirst()).allSatisfy(<) ? nil : "is not ascending"
}
