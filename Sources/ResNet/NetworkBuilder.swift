import Tensor

/// Makes a network's units; those of one geometry share their kernels' scratch.
final class NetworkBuilder {
  private let architecture: Architecture
  private let partition: BatchPartition
  private let buffers: NetworkBuffers
  private let arena: Arena
  private let makeEngine: (ConvolutionGeometry, Arena) -> any ConvolutionEngine
  private var engines: [ConvolutionGeometry: any ConvolutionEngine] = [:]
  /// The most parameters that one layer sums over micro-shards.
  private(set) var largestRange: Int

  init(
    architecture: Architecture, partition: BatchPartition, buffers: NetworkBuffers, arena: Arena,
    makeEngine: @escaping (ConvolutionGeometry, Arena) -> any ConvolutionEngine
  ) {
    self.architecture = architecture
    self.partition = partition
    self.buffers = buffers
    self.arena = arena
    self.makeEngine = makeEngine
    largestRange =
      buffers.layout.slot("linear.weight").range.count
      + buffers.layout.slot("linear.bias").range.count
  }

  func stem() -> ConvolutionUnit {
    let isBare = architecture.stem == .bare
    return unit(
      "conv1", norm: isBare ? nil : "bn1", followedBy: isBare ? "conv1.bias" : nil,
      architecture.stemGeometry)
  }

  func blocks() -> [Block] {
    architecture.blocks.map { block in
      let first = unit(
        "\(block.name).conv1", norm: "\(block.name).bn1",
        followedBy: block.hasProjection ? "\(block.name).shortcut.bias" : nil,
        block.firstGeometry)
      let second = unit(
        "\(block.name).conv2", norm: "\(block.name).bn2", followedBy: nil,
        block.secondGeometry)
      return Block(
        block, kind: architecture.kind, first: first, second: second, partition: partition,
        buffers: buffers, arena: arena)
    }
  }

  /// Makes a unit whose gradient includes the parameters up to `lastParameter`.
  private func unit(
    _ convolution: String, norm: String?, followedBy lastParameter: String?,
    _ geometry: ConvolutionGeometry
  ) -> ConvolutionUnit {
    let first = buffers.layout.slot("\(convolution).weight").range
    let last = lastParameter.map { buffers.layout.slot($0).range } ?? first
    let range = first.lowerBound..<last.upperBound
    largestRange = max(largestRange, range.count)
    return ConvolutionUnit(
      convolution: convolution, norm: norm, parameterRange: range, engine: engine(geometry),
      partition: partition, buffers: buffers, arena: arena)
  }

  private func engine(_ geometry: ConvolutionGeometry) -> any ConvolutionEngine {
    if let engine = engines[geometry] { return engine }
    let engine = makeEngine(geometry, arena)
    engines[geometry] = engine
    return engine
  }
}
