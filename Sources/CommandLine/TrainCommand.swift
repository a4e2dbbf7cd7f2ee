import ArgumentParser
import CProcess
import DistTrain
import ResNet

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a network, or continue a training.")

  @OptionGroup(title: "Network") var network: NetworkFlags
  @OptionGroup(title: "Data") var data: DataFlags
  @OptionGroup(title: "Batch") var batch: BatchFlags
  @OptionGroup(title: "Schedule and optimiser") var schedule: ScheduleFlags
  @OptionGroup(title: "Run") var run_: RunFlags

  func validate() throws {
    try usage { () throws(Failure) in try request.check() }
  }

  func run() {
    cprocess_catch_stop_signals()
    withCommunicator(timeout: run_.timeout) { (communicator) throws(Failure) in
      try TrainingRun(request, communicator: communicator).run()
    }
  }

  private var overrides: ConfigurationOverrides {
    var overrides = ConfigurationOverrides()
    network.apply(to: &overrides)
    data.apply(to: &overrides)
    batch.apply(to: &overrides)
    schedule.apply(to: &overrides)
    overrides.evaluateEvery = run_.evaluateEvery
    overrides.logEvery = run_.logEvery
    return overrides
  }

  private var request: TrainingRequest {
    var request = TrainingRequest()
    request.overrides = overrides
    request.dataFolder = data.data
    request.initialWeights = network.initWeights
    request.runFolder = run_.run
    request.resumes = run_.resume
    request.stopAfter = run_.stopAfter
    request.checkpointEvery = run_.checkpointEvery
    request.keep = run_.keep
    request.timeout = run_.timeout
    request.output = Output.console
    request.isStopRequested = { cprocess_is_stop_requested() != 0 }
    return request
  }
}

/// Turns a usage failure into the parser's, which prints the usage after it.
func usage(_ body: () throws(Failure) -> Void) throws {
  do throws(Failure) {
    try body()
  } catch {
    throw ValidationError(error.message)
  }
}

struct NetworkFlags: ParsableArguments {
  @Option(help: "Preset of all values below: paper or tanjeffreyz. (default: paper)")
  var recipe: Configuration.RecipeName?
  @Option(help: "Plain or residual. (default: residual)")
  var network: Architecture.Kind?
  @Option(help: "Weighted layers, 6n+2, at most 10000. (default: 20)")
  var depth: Int?
  @Option(
    help: "A: zero-padding; B: projections where the size changes; C: everywhere. (default: A)")
  var shortcut: Architecture.Shortcut?
  @Option(help: "Initial projections: 1/N with zero bias, or Kaiming normal. (default: average)")
  var projectionInit: ProjectionInit?
  @Option(help: "bare: first convolution with bias, no batch norm, no ReLU. (default: batchnorm)")
  var stem: Architecture.Stem?
  @Option(help: "A safetensors file of initial weights. (default: drawn from the seed)")
  var initWeights: String?
  @Option(help: "Convolution kernels; equal bits are promised for vector. (default: vector)")
  var convolution: Configuration.Convolution?

  func apply(to overrides: inout ConfigurationOverrides) {
    overrides.recipe = recipe
    overrides.network = network
    overrides.depth = depth
    overrides.shortcut = shortcut
    overrides.projectionInit = projectionInit
    overrides.stem = stem
    overrides.convolution = convolution
  }
}

struct DataFlags: ParsableArguments {
  @Option(help: "cifar10, cifar100, or synthetic: ten classes of drawn shapes. (default: cifar10)")
  var dataset: Configuration.DatasetName?
  @Option(
    help: """
      Folder with the official binary batches. (default: $CIFAR10_DIR or $CIFAR100_DIR, then \
      cifar-10-batches-bin or cifar-100-binary in ${XDG_CACHE_HOME:-$HOME/.cache}/disttrain)
      """)
  var data: String?
  @Option(help: "Training images: 50000, or 45000 to evaluate on the last 5000. (default: 50000)")
  var trainImages: Int?
  @Option(
    help: """
      What bytes/255 are reduced by: pixel-mean, channel-mean, image-mean, or channel-mean-std. \
      (default: pixel-mean, or channel-mean-std with --mean or --std)
      """)
  var normalize: Configuration.Normalization?
  @Option(help: "Channel means r,g,b of bytes/255, in 0…1. (default: the data's)")
  var mean: NumberList<Double>?
  @Option(help: "Channel deviations r,g,b of bytes/255, in (0, 1]. (default: the data's)")
  var std: NumberList<Double>?
  @Option(help: "none, crop, or crop-flip: pad 4, crop 32×32, mirror. (default: crop-flip)")
  var augment: Configuration.Augmentation?
  @Option(help: "shuffled, or sequential: records in file order. (default: shuffled)")
  var order: Configuration.Order?

  func apply(to overrides: inout ConfigurationOverrides) {
    overrides.dataset = dataset
    overrides.trainImages = trainImages
    overrides.normalize = normalize
    overrides.mean = mean?.numbers
    overrides.std = std?.numbers
    overrides.augment = augment
    overrides.order = order
  }
}

struct BatchFlags: ParsableArguments {
  @Option(help: "Samples per iteration over all ranks. (default: 128)")
  var globalBatch: Int?
  @Option(help: "Parts of the batch that sums are made of; at least the ranks. (default: 16)")
  var microShards: Int?
  @Option(help: "Samples that share batch-norm statistics. (default: the global batch)")
  var bnGroup: Int?

  func apply(to overrides: inout ConfigurationOverrides) {
    overrides.globalBatch = globalBatch
    overrides.microShards = microShards
    overrides.bnGroup = bnGroup
  }
}

struct ScheduleFlags: ParsableArguments {
  @Option(help: "Length of the schedule in iterations. (default: 64000)")
  var iterations: Int?
  @Option(help: "Initial learning rate. (default: 0.1)")
  var lr: Double?
  @Option(help: "Iterations from 0 at which the rate drops, ascending. (default: 32000,48000)")
  var milestones: NumberList<Int>?
  @Option(help: "Factor of each drop. (default: 0.1)")
  var gamma: Double?
  @Option(help: "Learning rate of the warm-up. (default: none; 0.01 where the recipe warms up)")
  var warmupLr: Double?
  @Option(
    help: """
      Iterations of the warm-up; 0 for none. (default: none; paper: 400 from depth 110 on; \
      tanjeffreyz: 391 from depth 56 on, residual only)
      """)
  var warmupIterations: Int?
  @Option(help: "Momentum of SGD. (default: 0.9)")
  var momentum: Double?
  @Option(help: "Weight decay of SGD. (default: 1e-4)")
  var weightDecay: Double?
  @Option(help: "all, or weights: spare biases and batch norm. (default: all)")
  var weightDecayScope: Configuration.WeightDecayScope?
  @Option(help: "Seed of weights, order and augmentation. (default: 1)")
  var seed: UInt64?

  func apply(to overrides: inout ConfigurationOverrides) {
    overrides.iterations = iterations
    overrides.lr = lr
    overrides.milestones = milestones?.numbers
    overrides.gamma = gamma
    overrides.warmupLr = warmupLr
    overrides.warmupIterations = warmupIterations
    overrides.momentum = momentum
    overrides.weightDecay = weightDecay
    overrides.weightDecayScope = weightDecayScope
    overrides.seed = seed
  }
}

struct RunFlags: ParsableArguments {
  @Option(help: "Run folder. (default: runs/<network>-<time>)")
  var run: String?
  @Flag(help: "Continue the newest sound checkpoint in --run, at any number of ranks.")
  var resume = false
  @Option(help: "Stop after this many completed iterations with a checkpoint. (default: never)")
  var stopAfter: Int?
  @Option(help: "Iterations between evaluations; 0 for never. (default: 391)")
  var evaluateEvery: Int?
  @Option(help: "Iterations between checkpoints.")
  var checkpointEvery = 1000
  @Option(help: "Checkpoints that are kept.")
  var keep = 3
  @Option(help: "Iterations between rows of train.csv. (default: 50)")
  var logEvery: Int?
  @Option(help: "Seconds after which the watchdog ends a collective that hangs.")
  var timeout = 300.0
}
