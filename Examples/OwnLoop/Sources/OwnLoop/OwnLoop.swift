import DistTrain
import Foundation
import ResNet

/// Trains through the library with a loop of its own: no run folder, no console, no signals.
///
///     swift run -c release OwnLoop [FOLDER]
///     mpirun -np 2 .build/release/OwnLoop [FOLDER]
///
/// With a folder of CIFAR-10's binary batches it trains on these, else on drawn shapes. It prints the
/// hash that this prints, at any number of ranks:
///
///     disttrain train --dataset synthetic --depth 8 --global-batch 32 --micro-shards 8 --iterations 30
@main
struct OwnLoop {
  private let communicator: Communicator

  static func main() throws {
    let example = OwnLoop(communicator: try startRanks())
    let trainer = try example.train(folder: CommandLine.arguments.dropFirst().first)
    try example.exchange(trainer)
    try example.trainOnOwnImages()
    example.communicator.finalize()
  }

  /// MPI's ranks; a program started without mpirun is one.
  ///
  /// The library never ends the process: what to do when another rank hangs is up to the program.
  private static func startRanks() throws -> Communicator {
    let reporter = WaitReporter(
      notice: { print($0) },
      end: { line in
        if let line { print(line) }
        exit(70)
      })
    return try Communicator(timeout: 300, reporter: reporter)
  }

  /// A recipe with a changed depth, and a loop over steps and evaluations.
  private func train(folder: String?) throws -> Trainer {
    let dataset = try folder.map { try Dataset.load(.cifar10, from: $0) } ?? .synthetic
    let configuration = try Configuration(.paper) {
      $0.dataset = dataset.description
      $0.depth = 8
      $0.globalBatch = 32
      $0.microShards = 8
      $0.iterations = 30
    }
    let trainer = try Trainer(configuration, dataset: dataset, communicator: communicator)
    while trainer.state.iteration < configuration.iterations {
      let result = try trainer.step()
      if trainer.state.iteration % 10 == 0 {
        say("iteration \(trainer.state.iteration)  loss \(result.metrics.loss)")
      }
    }
    let metrics = try trainer.evaluate()
    say("test error \(metrics.errors) of \(metrics.images)")
    say("weights sha256 \(trainer.network.weightsDigest)")
    return trainer
  }

  /// Weights to safetensors and back, and the logits of images.
  private func exchange(_ trainer: Trainer) throws {
    let path = NSTemporaryDirectory() + "own-loop-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try trainer.weights.write(to: path)
    let weights = try Safetensors(contentsOf: path)
    let network = Network(
      trainer.network.architecture, partition: BatchPartition(globalBatch: 1, shards: 1))
    try network.load(weights.tensors, file: path)
    say("read back: \(network.weightsDigest == trainer.network.weightsDigest)")

    let white = try ImageSet(
      pixels: [UInt8](repeating: 255, count: 3 * 32 * 32), labels: [0], side: 32)
    let logits = try trainer.logits(of: white)[0]
    let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
    say("a white image is taken for a \(trainer.configuration.dataset.classNames[best])")
  }

  /// Images of one's own: stripes across and along, of 16 rows and columns.
  private func trainOnOwnImages() throws {
    func stripes(_ count: Int, seed: UInt8) throws -> ImageSet {
      let labels = (0..<count).map { UInt8($0 % 2) }
      let pixels = labels.enumerated().flatMap { index, label in
        (0..<3 * 16 * 16).map { place in
          let (row, column) = (place / 16 % 16, place % 16)
          let isBright = ((label == 0 ? row : column) + index / 2) / 2 % 2 == 0
          return (isBright ? 160 : 60) + UInt8((place * 31 + index * 17) % 40) + seed
        }
      }
      return try ImageSet(pixels: pixels, labels: labels, side: 16)
    }
    let description = try DatasetDescription(
      name: "stripes", title: "Stripes", classNames: ["across", "along"], side: 16,
      trainingImages: 64)
    let dataset = try Dataset(
      description, training: try stripes(64, seed: 0), test: try stripes(20, seed: 7))
    let configuration = try Configuration(.paper) {
      $0.dataset = description
      $0.depth = 8
      $0.globalBatch = 16
      $0.microShards = 8
      $0.iterations = 20
    }
    let trainer = try Trainer(configuration, dataset: dataset, communicator: communicator)
    for _ in 0..<configuration.iterations { _ = try trainer.step() }
    let metrics = try trainer.evaluate()
    say("stripes: test error \(metrics.errors) of \(metrics.images)")
  }

  private func say(_ line: String) {
    if communicator.rank == 0 { print(line) }
  }
}
