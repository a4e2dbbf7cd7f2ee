import ResNet
import Tensor

/// Everything that decides the weights and the logs of a run: what `config.json` holds.
///
/// It holds no rank count, path, time or host, so that the same training anywhere has the same
/// configuration. It is compared across ranks at start and with the run folder on a resume.
public struct Configuration: Codable, Equatable, Sendable {
  /// A preset of all other values.
  public enum RecipeName: String, Codable, CaseIterable, Sendable { case paper, tanjeffreyz }
  /// The images.
  public typealias DatasetName = DatasetDescription
  /// What is subtracted from bytes/255, and what it is divided by.
  public enum Normalization: String, Codable, CaseIterable, Sendable {
    case pixelMean = "pixel-mean"
    case channelMean = "channel-mean"
    case imageMean = "image-mean"
    case channelMeanStd = "channel-mean-std"
  }
  /// What is done to each training image.
  public enum Augmentation: String, Codable, CaseIterable, Sendable {
    case none, crop
    case cropFlip = "crop-flip"
  }
  /// In which order an epoch visits the training images.
  public enum Order: String, Codable, CaseIterable, Sendable { case shuffled, sequential }
  /// Which parameters weight decay acts on.
  public enum WeightDecayScope: String, Codable, CaseIterable, Sendable { case all, weights }
  /// Which kernels compute convolutions.
  public enum Convolution: String, Codable, CaseIterable, Sendable { case vector, openblas }

  /// The form of `config.json` that this program reads and writes.
  public static let currentFormat = 1
  /// The bits that this program computes: changes whenever a release computes others.
  public static let currentNumerics = 1

  /// The form of `config.json`.
  public var format = currentFormat
  /// Which bits the run has; it continues only where they are computed.
  public var numerics = currentNumerics
  /// The preset that the other values started from.
  public var recipe: RecipeName
  /// Plain or residual.
  public var network: Architecture.Kind
  /// Weighted layers, 6n+2.
  public var depth: Int
  /// The shortcut option.
  public var shortcut: Architecture.Shortcut
  /// Initial values of projections.
  public var projectionInit: ProjectionInit
  /// The first convolution.
  public var stem: Architecture.Stem
  /// The images.
  public var dataset: DatasetName
  /// The number of training images, of which the last may be held out.
  public var trainImages: Int
  /// What is subtracted from bytes/255.
  public var normalize: Normalization
  /// Channel means that override the training set's, red, green, blue, of bytes/255.
  public var mean: [Double]?
  /// Channel standard deviations that override the training set's.
  public var std: [Double]?
  /// What is done to each training image.
  public var augment: Augmentation
  /// The order of an epoch.
  public var order: Order
  /// Samples per iteration, over all ranks.
  public var globalBatch: Int
  /// Micro-shards per global batch.
  public var microShards: Int
  /// Samples that share batch-norm statistics.
  public var bnGroup: Int
  /// Length of the schedule in iterations.
  public var iterations: Int
  /// The initial learning rate.
  public var lr: Double
  /// Iterations, counted from 0, at which the learning rate drops; ascending.
  public var milestones: [Int]
  /// The factor of each drop.
  public var gamma: Double
  /// The learning rate of the warm-up.
  public var warmupLr: Double?
  /// Iterations of the warm-up; 0 for none.
  public var warmupIterations: Int
  /// Momentum of SGD.
  public var momentum: Double
  /// Weight decay of SGD.
  public var weightDecay: Double
  /// Which parameters weight decay acts on.
  public var weightDecayScope: WeightDecayScope
  /// Seed of initial weights, order and augmentation.
  public var seed: UInt64
  /// SHA-256 of the file of initial weights, if one was given.
  public var initialWeightsSha256: String?
  /// SHA-256 of the checkpoint that the run began with, if it began with one; no flag gives one yet,
  /// but the form of `config.json` has it.
  public var fromSha256: String?
  /// Iterations between evaluations; 0 for never.
  public var evaluateEvery: Int
  /// Iterations between rows of `train.csv`.
  public var logEvery: Int
  /// Which kernels compute convolutions.
  public var convolution: Convolution
  /// The number of classes of the data set.
  public var classes: Int
  /// The number of trainable parameters.
  public var parameters: Int
  /// SHA-256 of the training and test images and labels.
  public var datasetSha256: String

  enum CodingKeys: String, CodingKey, CaseIterable {
    case format, numerics, recipe, network, depth, shortcut
    case projectionInit = "projection_init"
    case stem, dataset
    case trainImages = "train_images"
    case normalize, mean, std, augment, order
    case globalBatch = "global_batch"
    case microShards = "micro_shards"
    case bnGroup = "bn_group"
    case iterations, lr, milestones, gamma
    case warmupLr = "warmup_lr"
    case warmupIterations = "warmup_iterations"
    case momentum
    case weightDecay = "weight_decay"
    case weightDecayScope = "weight_decay_scope"
    case seed
    case initialWeightsSha256 = "initial_weights_sha256"
    case fromSha256 = "from_sha256"
    case evaluateEvery = "evaluate_every"
    case logEvery = "log_every"
    case convolution, classes, parameters
    case datasetSha256 = "dataset_sha256"
  }

  /// Whether the last training images are held out, to be evaluated in place of the test set.
  var holdsOut: Bool { trainImages < dataset.trainingImages }

  /// Sets the values that follow from others.
  mutating func setDerivedValues() {
    classes = dataset.classes
    parameters = ParameterLayout(architecture).trainableCount
  }

  /// The network that this configuration trains.
  public var architecture: Architecture {
    Architecture(
      kind: network, depth: depth, shortcut: shortcut, stem: stem, classes: classes,
      imageSide: dataset.side)
  }
}

extension Configuration.Convolution {
  /// Makes the kernels of a geometry.
  func makeEngine(geometry: ConvolutionGeometry, arena: Arena) -> any ConvolutionEngine {
    switch self {
    case .vector: makeVectorConvolution(geometry: geometry, arena: arena)
    case .openblas: OpenBLASConvolution(geometry: geometry, arena: arena)
    }
  }
}
