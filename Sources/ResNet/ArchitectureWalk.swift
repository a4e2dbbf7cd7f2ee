import Tensor

/// One convolution and what follows it, as the walk through a network meets it.
package struct UnitDescription: Equatable, Sendable {
  /// The name of the convolution, such as `layer1.0.conv1`.
  package let convolution: String
  /// The name of its batch norm; nil where a bias follows instead.
  package let norm: String?
  /// What it computes.
  package let geometry: ConvolutionGeometry
}

/// One block of convolutions with the shortcut around them.
///
/// See Figure 2 of "Deep Residual Learning for Image Recognition".
package struct BlockDescription: Equatable, Sendable {
  /// The name, such as `layer1.0`.
  package let name: String
  /// Its stage: 0, 1 or 2.
  package let stage: Int
  /// The shape of its input.
  package let input: ImageShape
  /// The shape of its output.
  package let output: ImageShape
  /// Whether its shortcut is a projection.
  package let hasProjection: Bool
  /// Its convolutions, in order; the first changes the shape.
  package let units: [UnitDescription]

  /// Whether rows, columns and channels differ between input and output.
  package var changesShape: Bool { input != output }

  init(
    name: String, stage: Int, input: ImageShape, output: ImageShape, hasProjection: Bool,
    convolutions: Int
  ) {
    self.name = name
    self.stage = stage
    self.input = input
    self.output = output
    self.hasProjection = hasProjection
    units = (1...convolutions).map { number in
      let from = number == 1 ? input : output
      return UnitDescription(
        convolution: "\(name).conv\(number)", norm: "\(name).bn\(number)",
        geometry: ConvolutionGeometry(
          inputSide: from.side, inputChannels: from.channels, outputChannels: output.channels,
          stride: from.side / output.side))
    }
  }
}

/// The one walk through a network: its layout, its units and its cost all come from here.
extension Architecture {
  /// The first convolution.
  package var stemUnit: UnitDescription {
    UnitDescription(
      convolution: "conv1", norm: stem == .bare ? nil : "bn1",
      geometry: ConvolutionGeometry(
        inputSide: imageSide, inputChannels: 3, outputChannels: width))
  }

  /// The shape of the images that the network is given.
  package var imageShape: ImageShape { ImageShape(side: imageSide, channels: 3) }

  /// The shape of the images that a stage computes.
  package func shape(ofStage stage: Int) -> ImageShape {
    ImageShape(side: imageSide >> stage, channels: width << stage)
  }

  /// All blocks, from the stem to the classifier.
  package var blocks: [BlockDescription] {
    var input = shape(ofStage: 0)
    return (0..<3).flatMap { stage in
      (0..<blocksPerStage).map { index in
        let output = shape(ofStage: stage)
        defer { input = output }
        let projects = shortcut == .C || (shortcut == .B && input != output)
        return BlockDescription(
          name: "layer\(stage + 1).\(index)", stage: stage, input: input, output: output,
          hasProjection: kind == .residual && projects, convolutions: unitsPerBlock)
      }
    }
  }
}
