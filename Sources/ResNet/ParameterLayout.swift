import Tensor

/// One named tensor and where it lies in a flat buffer.
public struct TensorSlot: Equatable, Sendable {
  /// How PyTorch's layout maps to the kernels'.
  public enum Layout: Equatable, Sendable {
    /// [out][in][k][k] to [k][k][in][out].
    case convolution
    /// [out][in] to [in][out rounded up to vectors].
    case linear
    /// [n] to [n rounded up to vectors].
    case vector
  }

  /// The tensor's name, as PyTorch's modules of the same structure name it.
  public let name: String
  /// Its shape in PyTorch's layout.
  public let shape: [Int]
  /// How the layouts map.
  public let layout: Layout
  /// Where the kernels' layout lies in the flat buffer, padding included.
  public let range: Range<Int>

  /// The number of elements that are not padding.
  public var count: Int { shape.reduce(1, *) }

  /// Calls a body with each element's place in both layouts.
  func forEachElement(_ body: (_ torch: Int, _ kernel: Int) -> Void) {
    switch layout {
    case .vector:
      for index in 0..<count { body(index, index) }
    case .linear:
      let stride = roundedUpToVectors(shape[0])
      for o in 0..<shape[0] {
        for i in 0..<shape[1] { body(o * shape[1] + i, i * stride + o) }
      }
    case .convolution:
      let (outputs, inputs, taps) = (shape[0], shape[1], shape[2] * shape[3])
      for o in 0..<outputs {
        for i in 0..<inputs {
          for tap in 0..<taps {
            body((o * inputs + i) * taps + tap, (tap * inputs + i) * outputs + o)
          }
        }
      }
    }
  }

  /// Writes the tensor into a flat buffer.
  ///
  /// - Parameters:
  ///   - values: the elements in PyTorch's layout.
  ///   - buffer: the flat buffer.
  public func store(_ values: [Float], in buffer: FloatView) {
    precondition(values.count == count, "\(values.count) values for \(name) of shape \(shape)")
    let view = buffer[range]
    view.fill(with: 0)
    forEachElement { torch, kernel in view[kernel] = values[torch] }
  }

  /// Reads the tensor from a flat buffer.
  ///
  /// - Parameter buffer: the flat buffer.
  /// - Returns: the elements in PyTorch's layout.
  public func load(from buffer: FloatView) -> [Float] {
    let view = buffer[range]
    var values = [Float](repeating: 0, count: count)
    forEachElement { torch, kernel in values[torch] = view[kernel] }
    return values
  }
}

/// Where every tensor of a network lies in its flat buffers.
///
/// Parameters whose gradients are summed over micro-shards come first, so that one reduction covers
/// them; batch norm's own come after, since their gradients fall out of batch norm's reductions.
public struct ParameterLayout: Equatable, Sendable {
  /// Trainable parameters, in the order of the flat buffer.
  public private(set) var parameters: [TensorSlot] = []
  /// Running means and variances, in the order of their own flat buffer.
  public private(set) var runningStatistics: [TensorSlot] = []
  /// Elements of the flat buffers of parameters, gradients and momentum.
  public private(set) var parameterCount = 0
  /// Elements of the part whose gradients are summed over micro-shards.
  public private(set) var summedCount = 0
  /// Elements of the flat buffer of running statistics.
  public private(set) var statisticsCount = 0
  private var slotsByName: [String: TensorSlot] = [:]

  /// Lays out the tensors of a network.
  ///
  /// - Parameter architecture: the network.
  public init(_ architecture: Architecture) {
    var norms: [(name: String, channels: Int)] = []
    let width = architecture.width
    addParameter("conv1.weight", [width, 3, 3, 3], .convolution)
    if architecture.stem == .bare {
      addParameter("conv1.bias", [width], .vector)
    } else {
      norms.append(("bn1", width))
    }
    for block in architecture.blocks {
      let (inputs, outputs) = (block.input.channels, block.output.channels)
      addParameter("\(block.name).conv1.weight", [outputs, inputs, 3, 3], .convolution)
      if block.hasProjection {
        addParameter("\(block.name).shortcut.weight", [outputs, inputs, 1, 1], .convolution)
        addParameter("\(block.name).shortcut.bias", [outputs], .vector)
      }
      addParameter("\(block.name).conv2.weight", [outputs, outputs, 3, 3], .convolution)
      norms.append(("\(block.name).bn1", outputs))
      norms.append(("\(block.name).bn2", outputs))
    }
    addParameter("linear.weight", [architecture.classes, architecture.features], .linear)
    addParameter("linear.bias", [architecture.classes], .vector)
    summedCount = parameterCount
    for norm in norms {
      addParameter("\(norm.name).weight", [norm.channels], .vector)
      addParameter("\(norm.name).bias", [norm.channels], .vector)
      addStatistic("\(norm.name).running_mean", norm.channels)
      addStatistic("\(norm.name).running_var", norm.channels)
    }
  }

  private mutating func addParameter(_ name: String, _ shape: [Int], _ layout: TensorSlot.Layout) {
    let count =
      layout == .linear
      ? roundedUpToVectors(shape[0]) * shape[1] : roundedUpToVectors(shape.reduce(1, *))
    let slot = TensorSlot(
      name: name, shape: shape, layout: layout, range: parameterCount..<parameterCount + count)
    parameters.append(slot)
    slotsByName[name] = slot
    parameterCount += count
  }

  private mutating func addStatistic(_ name: String, _ channels: Int) {
    let slot = TensorSlot(
      name: name, shape: [channels], layout: .vector,
      range: statisticsCount..<statisticsCount + channels)
    runningStatistics.append(slot)
    slotsByName[name] = slot
    statisticsCount += channels
  }

  /// The number of trainable parameters, padding not counted.
  public var trainableCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// The place of a tensor.
  ///
  /// - Parameter name: a tensor of this network.
  /// - Returns: its slot in the buffer of parameters or of running statistics.
  public func slot(_ name: String) -> TensorSlot {
    guard let slot = slotsByName[name] else { preconditionFailure("no tensor \(name)") }
    return slot
  }

  /// The parts of the parameter buffer, each with whether weight decay acts on it.
  ///
  /// - Parameter onlyWeights: whether biases and batch norm's parameters are spared.
  /// - Returns: ranges that together cover the buffer, neighbours merged.
  public func decayRanges(onlyWeights: Bool) -> [(range: Range<Int>, decays: Bool)] {
    var ranges: [(range: Range<Int>, decays: Bool)] = []
    for slot in parameters {
      let decays = !onlyWeights || slot.layout != .vector
      if let last = ranges.last, last.decays == decays {
        ranges[ranges.count - 1].range = last.range.lowerBound..<slot.range.upperBound
      } else {
        ranges.append((slot.range, decays))
      }
    }
    return ranges
  }
}
