import Foundation
import ResNet
import Testing

import DistTrain

/// A file of random weights, without a training.
struct RandomWeights {
  let folder = TemporaryFolder()
  var path: String { folder.file("weights.safetensors") }

  /// Writes the file, with changed tensors.
  init(
    _ metadata: [String: String] = ["dataset": "synthetic"], normalizer: Normalizer = .imageMean,
    depth: Int = 8,
    change: (inout [NamedTensor]) -> Void = { _ in }
  ) throws {
    let network = Network(
      Architecture(depth: depth), partition: BatchPartition(globalBatch: 1, shards: 1))
    network.initialize(seed: 1, projectionInitialization: .average)
    var tensors = network.namedTensors
    change(&tensors)
    let content = Safetensors(
      tensors: tensors + normalizer.tensors,
      metadata: metadata.merging(["normalize": normalizer.mode.rawValue]) { first, _ in first })
    try Data(content.encoded()).write(to: URL(fileURLWithPath: path))
  }

  /// Sets the first element of a tensor.
  static func setting(_ name: String, to value: Float) -> (inout [NamedTensor]) -> Void {
    { tensors in
      tensors = tensors.map {
        if $0.name != name { return $0 }
        let values = [value] + $0.values.dropFirst()
        return NamedTensor(name: name, shape: $0.shape, values: values)
      }
    }
  }
}

extension EndToEnd {
  /// What is wrong with weights, flags, data or output of an evaluation.
  @Suite struct EvaluateFaults {
    private func refused(
      _ run: CommandRun, _ code: Int32, _ words: [String],
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(run.status == code, "\(run.errors)", sourceLocation: sourceLocation)
      #expect(run.ownErrors.count == 1, "\(run.errors)", sourceLocation: sourceLocation)
      #expect(run.output.isEmpty, "\(run.output)", sourceLocation: sourceLocation)
      for word in words {
        #expect(run.errors.contains(word), "\(run.errors)", sourceLocation: sourceLocation)
      }
    }

    @Test(arguments: [
      (["--std", "1"], ["--std 1", "bytes/255"]),
      (["--normalize", "channel-mean-std", "--mean", "0.5"], ["--mean 0.5", "three"]),
      (["--mean", "125.3,123.0,113.9", "--std", "63.0,62.1,66.7"], ["--mean 125.3", "bytes/255"]),
      (["--std", "0,0,0"], ["--std 0.0,0.0,0.0", "(0, 1]"]),
      (["--mean", "0.5,0.5,0.5", "--normalize", "pixel-mean"], ["--mean", "pixel-mean"]),
    ])
    func channelConstantsThatCannotBe(flags: [String], words: [String]) throws {
      // Refused before the file, which is not there, is looked for.
      refused(
        try CommandRun.disttrain(["evaluate", "--weights", "/nonexistent"] + flags), 64, words)
    }

    @Test(arguments: [("conv1.weight", Float.nan), ("layer3.0.bn2.running_var", .infinity)])
    func aWeightThatIsNotFiniteIsNamed(tensor: String, value: Float) throws {
      let weights = try RandomWeights(change: RandomWeights.setting(tensor, to: value))
      let words = [weights.path, tensor, "\(value)"]
      refused(
        try CommandRun.disttrain(["evaluate", "--weights", weights.path], ranks: 2), 65, words)
      let run = weights.folder.file("run")
      refused(
        try CommandRun.disttrain(
          ShortRun.flags + ["--init-weights", weights.path, "--run", run], ranks: 2), 65, words)
      #expect(!FileManager.default.fileExists(atPath: run))
    }

    @Test func aResultThatIsNotFiniteIsNone() throws {
      let weights = try RandomWeights(change: RandomWeights.setting("bn1.weight", to: 3e38))
      let run = try CommandRun.disttrain(["evaluate", "--weights", weights.path, "--json"])
      refused(run, 65, [weights.path, "loss"])
    }

    @Test(arguments: ["evaluate", "train"])
    func aPipeWithoutAWriterIsNoFileOfWeights(command: String) throws {
      let folder = TemporaryFolder()
      let pipe = folder.file("pipe")
      mkfifo(pipe, 0o600)
      let flags =
        command == "evaluate"
        ? ["evaluate", "--weights", pipe]
        : ShortRun.flags + ["--run", folder.file("run"), "--init-weights", pipe]
      refused(try CommandRun.disttrain(flags, timeout: 60), 74, [pipe, "not a regular file"])
    }

    @Test func initialWeightsOfAnotherKindOfNetworkAreRefused() throws {
      let weights = try RandomWeights(["network": "residual"])
      let run = try CommandRun.disttrain(
        ShortRun.flags + [
          "--init-weights", weights.path, "--run", weights.folder.file("run"), "--network", "plain",
        ])
      refused(run, 65, [weights.path, "residual", "plain"])
    }

    @Test(arguments: [">/dev/full", ">&-"])
    func aResultThatCannotBeWrittenIsAFailure(redirection: String) throws {
      let weights = try RandomWeights()
      for command in [
        "evaluate --weights \(weights.path)", "evaluate --json --weights \(weights.path)",
        "bench kernels --images 1 --rounds 1",
      ] {
        let run = try CommandRun(["sh", "-c", "\(CommandRun.disttrain) \(command) \(redirection)"])
        refused(run, 74, ["standard output"])
      }
    }

    /// A batch of zeros is a test set, though not the official one; no other file is there.
    @Test func theTestBatchIsEnoughForAModelThatKnowsItsNormalisation() throws {
      let mean: SIMD3<Float> = [0.5, 0.5, 0.5]
      let channels = try #require(ChannelConstants(mean: mean, std: nil))
      let weights = try RandomWeights(["dataset": "cifar10"], normalizer: .channels(channels))
      let data = TemporaryFolder()
      try Data().write(to: URL(fileURLWithPath: data.file("test_batch.bin")))
      truncate(data.file("test_batch.bin"), 30_730_000)
      let arguments = ["evaluate", "--weights", weights.path, "--data", data.path]
      let run = try CommandRun.disttrain(arguments, ranks: 2)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains(" of 10000)"))
      #expect(run.errors.components(separatedBy: "not the official CIFAR-10").count == 2)
      // Means that have to be computed need the training set.
      let computed = try CommandRun.disttrain(arguments + ["--normalize", "pixel-mean"])
      refused(computed, 66, ["data_batch_1.bin"])
    }

    @Test func trainingOnOtherImagesWarnsOnceAndGoesOn() throws {
      let data = TemporaryFolder()
      try writeZeroBatches(data.path)
      let run = try CommandRun.disttrain(
        [
          "train", "--depth", "8", "--iterations", "1", "--global-batch", "16",
          "--evaluate-every", "0", "--data", data.path, "--run", data.file("run"),
        ], ranks: 2)
      #expect(run.status == 0 && run.lastLine.hasPrefix("weights sha256 "), "\(run.errors)")
      #expect(run.errors.components(separatedBy: "not the official CIFAR-10").count == 2)
    }

    @Test func givenConstantsMeanChannelMeanStd() throws {
      let weights = try RandomWeights()
      let constants = ["--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225", "--json"]
      let arguments = ["evaluate", "--weights", weights.path] + constants
      let short = try CommandRun.disttrain(arguments)
      let long = try CommandRun.disttrain(arguments + ["--normalize", "channel-mean-std"])
      let own = try CommandRun.disttrain(["evaluate", "--weights", weights.path, "--json"])
      #expect(short.status == 0 && short.output == long.output, "\(short.errors)")
      #expect(short.output != own.output)
    }
  }
}
