import ResNet
import Tensor

/// Evaluates every image of a set exactly once, whatever the number of ranks.
///
/// Images are cut into fixed blocks, of which each rank owns a contiguous range; losses are summed
/// within a block in order and over blocks along the tree, errors in integers.
final class Evaluator {
  /// Images that are evaluated together.
  static let blockImages = 40
  /// Blocks between two looks at whether a rank was asked to stop: a fraction of a second.
  private static let blocksPerLook = 5

  private let communicator: Communicator
  private let preprocessor: ImagePreprocessor
  private let images: ImageSet
  private let range: Range<Int>
  private let blocks: Range<Int>
  private let allReduce: MetricsAllReduce
  /// What the local blocks lost.
  private var metrics: [Metrics]
  /// How often all ranks look, and what each of them sees.
  private let looks: Int
  private let stops: MemoryView<UInt8>

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - communicator: the ranks.
  ///   - preprocessor: writes normalised images.
  ///   - images: a set of images.
  ///   - range: which of them are evaluated.
  init(
    communicator: Communicator, preprocessor: ImagePreprocessor, images: ImageSet, range: Range<Int>
  ) {
    self.communicator = communicator
    self.preprocessor = preprocessor
    self.images = images
    self.range = range
    let count = (range.count + Self.blockImages - 1) / Self.blockImages
    blocks = BatchPartition.part(
      ofRank: communicator.rank, of: communicator.size, count: count)
    allReduce = MetricsAllReduce(communicator, shards: count, collective: .evaluation)
    metrics = [Metrics](repeating: Metrics(), count: blocks.count)
    let most = (count + communicator.size - 1) / communicator.size
    looks = (most + Self.blocksPerLook - 1) / Self.blocksPerLook
    stops = MemoryView<UInt8>(zeros: communicator.size)
  }

  /// Evaluates a network with its running statistics.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - network: the same on every rank; its input images are overwritten.
  ///   - isStopRequested: whether this rank was asked to stop, which ends the evaluation.
  ///   - progress: told which part of this rank's blocks is done.
  /// - Returns: the result, the same on every rank; nil if a rank was asked to stop.
  /// - Throws: `Failure` if communication fails.
  func evaluate(
    _ network: Network, unless isStopRequested: () -> Bool, progress: (Double) -> Void
  ) throws(Failure) -> Metrics? {
    for look in 0..<looks {
      if try isStopRequestedAnywhere(isStopRequested()) { return nil }
      progress(Double(look) / Double(looks))
      evaluateBlocks(ofLook: look, network)
    }
    return try allReduce.reduce(metrics).metrics
  }

  /// Evaluates a network with its running statistics.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - network: the same on every rank; its input images are overwritten.
  ///   - progress: told which part of this rank's blocks is done.
  /// - Returns: the result, the same on every rank.
  /// - Throws: `Failure` if communication fails.
  func evaluate(
    _ network: Network, progress: (Double) -> Void = { _ in }
  ) throws(Failure) -> Metrics {
    for look in 0..<looks {
      progress(Double(look) / Double(looks))
      evaluateBlocks(ofLook: look, network)
    }
    return try allReduce.reduce(metrics).metrics
  }

  private func isStopRequestedAnywhere(_ isRequested: Bool) throws(Failure) -> Bool {
    stops[communicator.rank] = isRequested ? 1 : 0
    try communicator.allGather(
      .evaluation, counts: [Int](repeating: 1, count: communicator.size), in: stops)
    return stops.array.contains(1)
  }

  /// Evaluates the local blocks between a look and the next; ranks with fewer blocks than others look
  /// as often.
  private func evaluateBlocks(ofLook look: Int, _ network: Network) {
    let bounds = [look, look + 1].map { min($0 * Self.blocksPerLook, blocks.count) }
    for place in bounds[0]..<bounds[1] {
      let first = range.lowerBound + (blocks.lowerBound + place) * Self.blockImages
      let block = first..<min(first + Self.blockImages, range.upperBound)
      metrics[place] = evaluate(network, block)
    }
  }

  /// Evaluates a block, in as many parts as the network's room asks for.
  private func evaluate(_ network: Network, _ block: Range<Int>) -> Metrics {
    var metrics = Metrics()
    let room = network.partition.localSamples
    for start in stride(from: block.lowerBound, to: block.upperBound, by: room) {
      let part = start..<min(start + room, block.upperBound)
      for (place, index) in part.enumerated() {
        network.labels[place] = Int(images.labels[index])
        preprocessor.fill(Sample(index: index), of: images, into: network.images[place])
      }
      network.evaluate(count: part.count, into: &metrics)
    }
    return metrics
  }
}
