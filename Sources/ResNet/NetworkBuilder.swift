import Tensor

/// Makes a network's units and connects them, as its architecture is walked.
struct NetworkBuilder {
  private let architecture: Architecture
  private let partition: BatchPartition
  private let buffers: NetworkBuffers
  private let arena: Arena
  private let makeEngine: (ConvolutionGeometry, Arena) -> any ConvolutionEngine
  private var engines: [ConvolutionGeometry: any ConvolutionEngine] = [:]
  /// Gradients of block outputs, of one buffer per stage.
  private let stageGradients: [ImageBuffer]
  /// Gradients inside a block, with room for the largest stage.
  private let innerGradients: FloatView
  /// All units, from the stem on.
  private(set) var units: [ConvolutionUnit] = []
  /// The shortcut that ends at the last unit so far.
  private var shortcut: Shortcut?

  init(
    _ architecture: Architecture, partition: BatchPartition, images: ImageBuffer,
    buffers: NetworkBuffers, arena: Arena,
    makeEngine: @escaping (ConvolutionGeometry, Arena) -> any ConvolutionEngine
  ) {
    self.architecture = architecture
    self.partition = partition
    self.buffers = buffers
    self.arena = arena
    self.makeEngine = makeEngine
    let samples = partition.localSamples
    stageGradients = (0..<3).map {
      ImageBuffer(samples, of: architecture.shape(ofStage: $0), arena: arena)
    }
    innerGradients = arena.take(samples * architecture.shape(ofStage: 0).count)
    addUnit(
      architecture.stemUnit, .images(images), nil, gradient: stageGradients[0], lastParameter: nil)
    for block in architecture.blocks { addBlock(block) }
  }

  /// The activation of the last block.
  ///
  /// - Parameter features: where it is kept.
  /// - Returns: what the classifier reads.
  func output(keptIn features: ImageBuffer) -> Activation {
    Activation(before: units[units.count - 1], shortcut: shortcut, kept: features)
  }

  private mutating func addBlock(_ block: BlockDescription) {
    let inputs = ImageBuffer(partition.localSamples, of: block.input, arena: arena)
    let outputGradients = stageGradients[block.stage]
    let branch =
      architecture.kind == .plain
      ? nil
      : Shortcut(
        block, inputs: inputs, outputGradients: outputGradients, buffers: buffers, arena: arena)
    for (index, unit) in block.units.enumerated() {
      let isFirst = index == 0
      let activation = Activation(
        before: units[units.count - 1], shortcut: isFirst ? shortcut : nil,
        kept: isFirst ? inputs : nil)
      let projection = isFirst && block.hasProjection ? "\(block.name).shortcut.bias" : nil
      addUnit(
        unit, .activation(activation), isFirst ? branch : nil,
        gradient: index == block.units.count - 1 ? outputGradients : inner(block.output),
        lastParameter: projection)
    }
    shortcut = branch
  }

  private func inner(_ shape: ImageShape) -> ImageBuffer {
    ImageBuffer(innerGradients[0..<partition.localSamples * shape.count], shape: shape)
  }

  /// Makes a unit with whose gradient that of the parameters up to `lastParameter` is computed.
  private mutating func addUnit(
    _ description: UnitDescription, _ input: UnitInput, _ branch: Shortcut?,
    gradient: ImageBuffer, lastParameter: String?
  ) {
    let name = description.convolution
    let last = lastParameter ?? (description.norm == nil ? "\(name).bias" : "\(name).weight")
    let range =
      buffers.layout.slot("\(name).weight").range
      .lowerBound..<buffers.layout.slot(last).range.upperBound
    units.append(
      ConvolutionUnit(
        description, input: input, branch: branch, gradient: gradient, parameterRange: range,
        engine: engine(description.geometry), partition: partition, buffers: buffers,
        arena: arena))
  }

  private mutating func engine(_ geometry: ConvolutionGeometry) -> any ConvolutionEngine {
    if let engine = engines[geometry] { return engine }
    let engine = makeEngine(geometry, arena)
    engines[geometry] = engine
    return engine
  }
}
