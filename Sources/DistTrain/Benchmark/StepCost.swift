import ResNet

/// The arithmetic of one training step, counted by the definition of each layer.
///
/// An output element of a k×k convolution over C channels costs k²·C multiply-adds, of the linear
/// layer 64; additions of shortcuts, batch norm, ReLU and pooling are not counted. A step does each
/// layer three times: forward, the gradient of its input, and the gradient of its weights; the stem
/// only twice, since nobody asks for the gradient of an image. A multiply-add is two operations.
///
///     FLOP per image = 2 · (3 · all multiply-adds − the stem's)
///
/// Kernels that need fewer operations for the same result, such as Winograd's, have an effective
/// rate above what the hardware does.
public struct StepCost: Equatable, Sendable {
  /// A kind of layer and what it costs.
  public struct Layer: Equatable, Sendable {
    /// What the layer is, as tables name it.
    public let name: String
    /// How many of it the network has.
    public let count: Int
    /// Forward multiply-adds per image of one of them.
    public let multiplyAdds: Int
    /// Passes that a step makes: forward and backward.
    public let passes: Int
  }

  /// The layers, from the stem to the linear one.
  public let layers: [Layer]

  /// Counts a network's step.
  ///
  /// - Parameter architecture: the network.
  public init(_ architecture: Architecture) {
    let n = architecture.blocksPerStage
    let side = architecture.imageSide
    let width = architecture.width
    var layers = [
      Self.convolution(3, width, inputSide: side, taps: 9, stride: 1, count: 1, passes: 2)
    ]
    for stage in 0..<3 {
      let (stageSide, channels) = (side >> stage, width << stage)
      let isStrided = stage > 0
      if isStrided {
        layers.append(
          Self.convolution(
            channels / 2, channels, inputSide: 2 * stageSide, taps: 9, stride: 2, count: 1))
      }
      layers.append(
        Self.convolution(
          channels, channels, inputSide: stageSide, taps: 9, stride: 1,
          count: 2 * n - (isStrided ? 1 : 0)))
      if architecture.shortcut != .A && isStrided {
        layers.append(
          Self.convolution(
            channels / 2, channels, inputSide: 2 * stageSide, taps: 1, stride: 2, count: 1))
      }
      if architecture.shortcut == .C {
        layers.append(
          Self.convolution(
            channels, channels, inputSide: stageSide, taps: 1, stride: 1,
            count: n - (isStrided ? 1 : 0)))
      }
    }
    layers.append(
      Layer(
        name: "linear", count: 1, multiplyAdds: architecture.features * architecture.classes,
        passes: 3))
    self.layers = layers.filter { $0.count > 0 }
  }

  /// A convolution of `taps` weights per pair of channels, 9 or 1.
  static func convolution(
    _ inputs: Int, _ outputs: Int, inputSide: Int, taps: Int, stride: Int, count: Int = 1,
    passes: Int = 3
  ) -> Layer {
    let outputSide = inputSide / stride
    let window = taps == 9 ? "3×3" : "1×1"
    return Layer(
      name: "\(window) \(inputs)→\(outputs) \(inputSide)²" + (stride == 2 ? " /2" : ""),
      count: count, multiplyAdds: outputSide * outputSide * outputs * inputs * taps,
      passes: passes)
  }

  /// Forward multiply-adds per image.
  public var multiplyAdds: Int { layers.reduce(0) { $0 + $1.count * $1.multiplyAdds } }

  /// Floating-point operations per image of a whole step.
  public var operationsPerImage: Int {
    2 * layers.reduce(0) { $0 + $1.count * $1.multiplyAdds * $1.passes }
  }
}
