import Tensor

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
    public fileprivate(set) var count: Int
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
    var layers = [Self.convolution(architecture.stemUnit.geometry, passes: 2)]
    for block in architecture.blocks {
      layers += block.units.map { Self.convolution($0.geometry) }
      if block.hasProjection { layers.append(Self.projection(block.input, block.output)) }
    }
    let linear = Layer(
      name: "linear", count: 1, multiplyAdds: architecture.features * architecture.classes,
      passes: 3)
    self.layers = Self.counted(layers + [linear])
  }

  /// Equal layers as one with their number, in the order of their first.
  private static func counted(_ layers: [Layer]) -> [Layer] {
    var counted: [Layer] = []
    for layer in layers {
      if let index = counted.firstIndex(where: { $0.name == layer.name }) {
        counted[index].count += layer.count
      } else {
        counted.append(layer)
      }
    }
    return counted
  }

  /// A 3×3 convolution.
  package static func convolution(_ geometry: ConvolutionGeometry, passes: Int = 3) -> Layer {
    layer(geometry.inputShape, geometry.outputShape, window: 3, passes: passes)
  }

  /// A 1×1 projection.
  package static func projection(_ input: ImageShape, _ output: ImageShape) -> Layer {
    layer(input, output, window: 1, passes: 3)
  }

  private static func layer(
    _ input: ImageShape, _ output: ImageShape, window: Int, passes: Int
  ) -> Layer {
    Layer(
      name: "\(window)×\(window) \(input.channels)→\(output.channels) \(input.side)²"
        + (output.side < input.side ? " /2" : ""),
      count: 1, multiplyAdds: output.count * input.channels * window * window, passes: passes)
  }

  /// Forward multiply-adds per image.
  public var multiplyAdds: Int { layers.reduce(0) { $0 + $1.count * $1.multiplyAdds } }

  /// Floating-point operations per image of a whole step.
  public var operationsPerImage: Int {
    2 * layers.reduce(0) { $0 + $1.count * $1.multiplyAdds * $1.passes }
  }
}
