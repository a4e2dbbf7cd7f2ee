import ArgumentParser
import Benchmarking
import DistTrain
import ResNet

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure steps, kernels and all-reduces on this machine.",
    discussion: """
      Runs alone or under mpirun; rank 0 prints. Benchmarks/compare measures beside PyTorch.
      """,
    subcommands: [
      BenchStepCommand.self, BenchKernelsCommand.self, BenchAllreduceCommand.self,
    ])
}

struct BenchStepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step",
    abstract: "Measure the trainer's whole steps: time, rate, phases, memory, allocations.",
    discussion: """
      The rate counts 2·(3·all multiply-adds − the stem's) operations per image, by the definition \
      of convolution whatever the kernels do. Allocations are counted when Benchmarks/allocations.c \
      is preloaded.
      """)

  @OptionGroup(title: "Network") var network: BenchNetworkFlags
  @OptionGroup(title: "Batch") var batch: BatchFlags
  @OptionGroup(title: "Measurement") var output: BenchOutputFlags
  @Option(help: "cifar10, cifar100, or synthetic: ten classes of drawn shapes.")
  var dataset = Configuration.DatasetName.synthetic
  @Option(help: "Folder with the official binary batches. (default: as for train)")
  var data: String?
  @Option(help: "Measured steps, at most 10000.")
  var iterations = 50
  @Option(help: "Steps before the measured ones, at most 10000.")
  var warmup = 10

  func validate() throws {
    try checkRange("--iterations", iterations, 1...10_000)
    try checkRange("--warmup", warmup, 0...10_000)
    try usage { () throws(Failure) in _ = try resolved() }
  }

  func run() {
    withCommunicator(outputIsResult: true) { (communicator) throws(Failure) in
      let benchmark = StepBenchmark(
        try resolved(), warmup: warmup, dataFolder: data, communicator: communicator)
      try output.print(try benchmark.run(), communicator)
    }
  }

  private func resolved() throws(Failure) -> Configuration {
    var overrides = ConfigurationOverrides()
    network.apply(to: &overrides)
    batch.apply(to: &overrides)
    overrides.dataset = dataset
    overrides.iterations = iterations
    return try Configuration.resolve(overrides)
  }
}

struct BenchKernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Measure every convolution, the vector kernels against OpenBLAS.",
    discussion: """
      All ranks measure at once; rank 0 prints its own. Each time is that of a layer of a step: \
      weights readied, images copied to the padded scratch, and computed; backward gives the \
      gradients of weights and input, in shards of 8 images.
      """)

  @OptionGroup(title: "Measurement") var output: BenchOutputFlags
  @Option(help: "Images per measurement, at most 1000.")
  var images = 64
  @Option(help: "Alternating rounds, of which medians are taken, at most 10000.")
  var rounds = 15

  func validate() throws {
    try checkRange("--images", images, 1...1000)
    try checkRange("--rounds", rounds, 1...10_000)
  }

  func run() {
    withCommunicator(outputIsResult: true) { (communicator) throws(Failure) in
      let benchmark = KernelBenchmark(images: images, rounds: rounds, communicator: communicator)
      try output.print(try benchmark.run(), communicator)
    }
  }
}

struct BenchAllreduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allreduce",
    abstract: "Measure the all-reduces of gradients and batch norm alone.",
    discussion: "Rank 0 prints its own times and the bytes that it sends.")

  @OptionGroup(title: "Network") var network: BenchNetworkFlags
  @OptionGroup(title: "Batch") var batch: BatchFlags
  @OptionGroup(title: "Measurement") var output: BenchOutputFlags
  @Option(help: "Repetitions of each all-reduce, at most 1000000.")
  var rounds = 500

  func validate() throws {
    try usage { () throws(Failure) in _ = try resolved() }
    try checkRange("--rounds", rounds, 1...1_000_000)
  }

  func run() {
    withCommunicator(outputIsResult: true) { (communicator) throws(Failure) in
      let benchmark = try AllReduceBenchmark(
        try resolved(), rounds: rounds, communicator: communicator)
      try output.print(try benchmark.run(), communicator)
    }
  }

  private func resolved() throws(Failure) -> Configuration {
    var overrides = ConfigurationOverrides()
    network.apply(to: &overrides)
    batch.apply(to: &overrides)
    return try Configuration.resolve(overrides)
  }
}

/// Refuses what would take absurd memory or time.
private func checkRange(_ flag: String, _ value: Int, _ range: ClosedRange<Int>) throws {
  if !range.contains(value) {
    throw ValidationError("\(flag) \(value) is not in \(range.lowerBound)…\(range.upperBound)")
  }
}

struct BenchNetworkFlags: ParsableArguments {
  @Option(help: "Plain or residual.")
  var network = Architecture.Kind.residual
  @Option(help: "Weighted layers, 6n+2.")
  var depth = 20
  @Option(help: "A: zero-padding; B: projections where the size changes; C: everywhere.")
  var shortcut = Architecture.Shortcut.A
  @Option(help: "Convolution kernels.")
  var convolution = Configuration.Convolution.vector

  func apply(to overrides: inout ConfigurationOverrides) {
    overrides.network = network
    overrides.depth = depth
    overrides.shortcut = shortcut
    overrides.convolution = convolution
  }
}

struct BenchOutputFlags: ParsableArguments {
  @Flag(help: "Print one JSON object.")
  var json = false

  /// Prints a report on rank 0.
  func print(_ report: some BenchmarkReport, _ communicator: Communicator) throws(Failure) {
    if communicator.rank == 0 {
      try Output.printResult(json ? try report.jsonText() : report.text)
    }
  }
}
