import ArgumentParser
import Benchmarking
import DistTrain

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure steps, kernels and all-reduces on this machine; count messages.",
    discussion: """
      Runs alone or under mpirun; rank 0 prints. Benchmarks/compare measures beside PyTorch.

      EXAMPLES:
        mpirun -np 2 disttrain bench step
        disttrain bench kernels --images 8
        mpirun -np 2 disttrain bench allreduce --depth 110
        disttrain bench traffic --hosts 4 --ranks-per-host 16
      """,
    subcommands: [
      BenchStepCommand.self, BenchKernelsCommand.self, BenchAllreduceCommand.self,
      BenchTrafficCommand.self,
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

      EXAMPLES:
        mpirun -np 2 disttrain bench step --iterations 60
        mpirun -np 8 disttrain bench step --depth 110 --json
      """)
  private static let defaultDataset = DatasetDescription.synthetic

  enum DatasetSettings: SettingSelection {
    static let flags = [SettingFlag(Settings.table.dataset, default: defaultDataset.rawValue)]
  }

  @OptionGroup(title: "Network") var network: SettingFlags<BenchNetworkSettings>
  @OptionGroup(title: "Batch") var batch: SettingFlags<BatchSettings>
  @OptionGroup(title: "Measurement") var output: BenchOutputFlags
  @OptionGroup var dataset: SettingFlags<DatasetSettings>
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
    var given = PartialConfiguration(network.given, batch.given, dataset.given)
    given.dataset = given.dataset ?? Self.defaultDataset
    given.iterations = iterations
    return try Configuration(given)
  }
}

struct BenchKernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Measure every convolution, the vector kernels against OpenBLAS.",
    discussion: """
      All ranks measure at once; rank 0 prints its own. Each time is that of a layer of a step: \
      weights readied, images copied to a scratch with a border where an engine reads one, and \
      computed; backward gives the gradients of weights and input, in shards of 8 images.

      EXAMPLES:
        disttrain bench kernels
        mpirun -np 2 disttrain bench kernels --images 8 --rounds 31
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
    discussion: """
      Rank 0 prints its own times and the bytes that it sends.

      EXAMPLES:
        mpirun -np 2 disttrain bench allreduce
        mpirun --hostfile hostfiles/example disttrain bench allreduce --rounds 5000
      """)

  @OptionGroup(title: "Network") var network: SettingFlags<BenchNetworkSettings>
  @OptionGroup(title: "Batch") var batch: SettingFlags<BatchSettings>
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
    try Configuration(PartialConfiguration(network.given, batch.given))
  }
}

struct BenchTrafficCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "traffic",
    abstract: "Count the messages and bytes of a step's all-reduces, on any number of hosts.",
    discussion: """
      Nothing is sent or measured, so one rank answers for all; the hosts need not be there. Counted \
      are one level, in which all ranks exchange with all, and two, in which those of a host do first.

      EXAMPLES:
        disttrain bench traffic --hosts 4 --ranks-per-host 16 --micro-shards 64
        disttrain bench traffic --depth 110 --json
      """)

  @OptionGroup(title: "Network") var network: SettingFlags<BenchNetworkSettings>
  @OptionGroup(title: "Batch") var batch: SettingFlags<BatchSettings>
  @OptionGroup(title: "Output") var output: BenchOutputFlags
  @Option(help: "Hosts, at most 1000.")
  var hosts = 2
  @Option(help: "Ranks on each host, at most 1000.")
  var ranksPerHost = 8

  func validate() throws {
    try checkRange("--hosts", hosts, 1...1000)
    try checkRange("--ranks-per-host", ranksPerHost, 1...1000)
    try usage { () throws(Failure) in _ = try count() }
  }

  func run() {
    withCommunicator(outputIsResult: true) { (communicator) throws(Failure) in
      let report = try communicator.together { () throws(Failure) in try count().run() }
      try output.print(report, communicator)
    }
  }

  private func count() throws(Failure) -> TrafficCount {
    try TrafficCount(
      Configuration(PartialConfiguration(network.given, batch.given)), hosts: hosts,
      ranksPerHost: ranksPerHost)
  }
}

/// Refuses what would take absurd memory or time.
private func checkRange(_ flag: String, _ value: Int, _ range: ClosedRange<Int>) throws {
  if !range.contains(value) {
    throw ValidationError("\(flag) \(value) is not in \(range.lowerBound)…\(range.upperBound)")
  }
}

enum BenchNetworkSettings: SettingSelection {
  static let flags = [
    SettingFlag(Settings.table.network), SettingFlag(Settings.table.depth),
    SettingFlag(Settings.table.shortcut), SettingFlag(Settings.table.convolution),
  ]
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
