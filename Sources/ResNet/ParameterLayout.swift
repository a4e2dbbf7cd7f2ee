import Tensor

/// Where every tensor of a network lies in its flat buffers.
///
/// Parameters whose gradients are summed over shards come first, so that one all-reduce covers
/// them; batch norm's own come after, since their gradients fall out of batch norm's statistics.
public struct ParameterLayout: Equatable, Sendable {
  /// Trainable parameters, in the order of the flat buffer.
  public private(set) var parameters: [TensorSlot] = []
  /// Running means and variances, in the order of their own flat buffer.
  public private(set) var runningStatistics: [TensorSlot] = []
  /// Elements of the flat buffers of parameters, gradients and momentum.
  public private(set) var parameterCount = 0
  /// Elements of the part whose gradients are summed over shards.
  public private(set) var summedCount = 0
  /// The most elements of it that one layer computes together.
  private(set) var largestSummedRange = 0
  /// Elements of the flat buffer of running statistics.
  public private(set) var statisticsCount = 0
  private var slotsByName: [String: TensorSlot] = [:]

  /// Lays out the tensors of a network.
  ///
  /// - Parameter architecture: the network.
  public init(_ architecture: Architecture) {
    addUnit(architecture.stemUnit, projection: nil)
    for block in architecture.blocks {
      for (index, unit) in block.units.enumerated() {
        addUnit(unit, projection: index == 0 && block.hasProjection ? block : nil)
      }
    }
    addTogether { layout in
      layout.addParameter(
        "linear.weight", [architecture.classes, architecture.features], .linear)
      layout.addParameter("linear.bias", [architecture.classes], .bias)
    }
    summedCount = parameterCount
    let units = [architecture.stemUnit] + architecture.blocks.flatMap(\.units)
    for unit in units {
      guard let norm = unit.norm else { continue }
      let shape = [unit.geometry.outputChannels]
      addParameter("\(norm).weight", shape, .normScale)
      addParameter("\(norm).bias", shape, .normShift)
      addStatistic("\(norm).running_mean", shape, .runningMean)
      addStatistic("\(norm).running_var", shape, .runningVariance)
    }
  }

  /// Adds a convolution, and after it what is trained with it: a bias, or the block's projection.
  private mutating func addUnit(_ unit: UnitDescription, projection block: BlockDescription?) {
    let (inputs, outputs) = (unit.geometry.inputChannels, unit.geometry.outputChannels)
    addTogether { layout in
      layout.addParameter("\(unit.convolution).weight", [outputs, inputs, 3, 3], .convolution)
      if unit.norm == nil { layout.addParameter("\(unit.convolution).bias", [outputs], .bias) }
      if let block {
        let shape = [block.output.channels, block.input.channels, 1, 1]
        layout.addParameter("\(block.name).shortcut.weight", shape, .projection)
        layout.addParameter("\(block.name).shortcut.bias", [block.output.channels], .bias)
      }
    }
  }

  /// Adds parameters whose gradients one layer computes together.
  private mutating func addTogether(_ add: (inout ParameterLayout) -> Void) {
    let first = parameterCount
    add(&self)
    largestSummedRange = max(largestSummedRange, parameterCount - first)
  }

  private mutating func addParameter(_ name: String, _ shape: [Int], _ role: TensorSlot.Role) {
    let count =
      role.layout == .linear
      ? roundedUpToVectors(shape[0]) * shape[1] : roundedUpToVectors(shape.reduce(1, *))
    let slot = TensorSlot(
      name: name, shape: shape, role: role, range: parameterCount..<parameterCount + count)
    parameters.append(slot)
    slotsByName[name] = slot
    parameterCount += count
  }

  private mutating func addStatistic(_ name: String, _ shape: [Int], _ role: TensorSlot.Role) {
    let count = roundedUpToVectors(shape[0])
    let slot = TensorSlot(
      name: name, shape: shape, role: role, range: statisticsCount..<statisticsCount + count)
    runningStatistics.append(slot)
    slotsByName[name] = slot
    statisticsCount += count
  }

  /// Where the classifier's parameters lie.
  var headRange: Range<Int> {
    slot("linear.weight").range.lowerBound..<slot("linear.bias").range.upperBound
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
      let decays = !onlyWeights || slot.role.isWeight
      if let last = ranges.last, last.decays == decays {
        ranges[ranges.count - 1].range = last.range.lowerBound..<slot.range.upperBound
      } else {
        ranges.append((slot.range, decays))
      }
    }
    return ranges
  }
}
