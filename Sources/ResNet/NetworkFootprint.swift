import Tensor

extension Network {
  /// The bytes that a network would reserve, computed without reserving them.
  ///
  /// What ``reservedBytes`` says of the network itself, within a few per cent. Only the scratch of
  /// engines, which is the same for any number of images, is taken for a moment.
  ///
  /// - Parameters:
  ///   - architecture: which network.
  ///   - partition: which images of the global batch are computed here.
  ///   - makeEngine: makes the kernels of a geometry.
  /// - Returns: bytes of parameters, gradients, activations and scratch.
  public static func estimatedBytes(
    _ architecture: Architecture, partition: BatchPartition,
    makeEngine: (ConvolutionGeometry, Arena) -> any ConvolutionEngine = {
      makeVectorConvolution(geometry: $0, arena: $1)
    }
  ) -> Int {
    var footprint = NetworkFootprint(partition: partition)
    footprint.add(architecture) { geometry in
      let arena = Arena()
      _ = makeEngine(geometry, arena)
      return arena.takenBytes
    }
    return footprint.plan.reservedBytes
  }
}

/// What a network takes from its arena, in the order in which it is made.
private struct NetworkFootprint {
  let partition: BatchPartition
  var plan = ArenaPlan()
  private var geometries: Set<ConvolutionGeometry> = []

  init(partition: BatchPartition) { self.partition = partition }

  private mutating func take(floats: Int) { plan.take(floats, of: Float.self) }
  private mutating func take(doubles: Int) { plan.take(doubles, of: Double.self) }

  mutating func add(
    _ architecture: Architecture, scratchBytes: (ConvolutionGeometry) -> Int
  ) {
    let layout = ParameterLayout(architecture)
    let samples = partition.localSamples
    for count in [layout.parameterCount, layout.parameterCount, layout.statisticsCount] {
      take(floats: count)
    }
    take(floats: samples * architecture.imageShape.padded.count)
    let stages = (0..<3).map { samples * architecture.shape(ofStage: $0).count }
    for count in stages + [stages[0]] { take(floats: count) }
    addUnit(architecture.stemUnit, scratchBytes)
    for block in architecture.blocks {
      take(floats: samples * block.input.count)
      if block.hasProjection {
        take(floats: block.input.channels * block.output.channels)
        take(floats: samples * block.output.count)
      }
      for unit in block.units { addUnit(unit, scratchBytes) }
    }
    let logits = samples * roundedUpToVectors(architecture.classes)
    for count in [stages[2], samples * architecture.features, logits, logits] {
      take(floats: count)
    }
    addSums(layout)
  }

  private mutating func addUnit(
    _ unit: UnitDescription, _ scratchBytes: (ConvolutionGeometry) -> Int
  ) {
    let geometry = unit.geometry
    if geometries.insert(geometry).inserted {
      plan.take(scratchBytes(geometry), of: UInt8.self)
    }
    take(floats: partition.localSamples * geometry.outputCount)
    if unit.norm == nil { return }
    let channels = geometry.outputChannels
    let groups = partition.groups.count
    take(doubles: partition.localShards.count * 2 * channels)
    take(doubles: groups * 2 * channels)
    for _ in 0..<2 { take(doubles: groups * channels) }
    for _ in 0..<6 { take(floats: groups * channels) }
  }

  /// What ``GradientAccumulator`` takes.
  private mutating func addSums(_ layout: ParameterLayout) {
    let nodes = SummationTree.cover(partition.localShards, roots: [0..<partition.shards])
    for _ in nodes { take(floats: layout.summedCount) }
    let depth = nodes.map(SummationTree.depth(of:)).max() ?? 1
    for _ in 1..<max(depth, 1) { take(floats: layout.largestSummedRange) }
  }
}
