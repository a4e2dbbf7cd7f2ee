import Tensor

/// Which network of the paper: plain or residual, how deep, with which shortcuts and stem.
public struct Architecture: Equatable, Sendable {
  /// Plain stacks of convolutions, or residual blocks.
  public enum Kind: String, Codable, CaseIterable, Sendable { case plain, residual }

  /// The paper's shortcut options (§4.2, §3.3).
  public enum Shortcut: String, Codable, CaseIterable, Sendable {
    /// Subsampled identity with zero channels at the end; no parameters.
    case A
    /// Projections where the size changes, identity elsewhere.
    case B
    /// Projections everywhere.
    case C
  }

  /// The first convolution: with batch norm and ReLU, or bare with a bias.
  public enum Stem: String, Codable, CaseIterable, Sendable { case batchnorm, bare }

  /// Plain or residual.
  public let kind: Kind
  /// Weighted layers: 6n+2.
  public let depth: Int
  /// The shortcut option; A for a plain network, which has none.
  public let shortcut: Shortcut
  /// The first convolution.
  public let stem: Stem
  /// The number of classes.
  public let classes: Int
  /// Channels of the first stage, a multiple of 16; each further stage doubles them.
  public let width: Int
  /// Rows and columns of an image, a multiple of 16.
  public let imageSide: Int

  /// Makes an architecture.
  ///
  /// - Parameters:
  ///   - kind: plain or residual.
  ///   - depth: 6n+2, n ≥ 1, at most ``maximumDepth``.
  ///   - shortcut: the shortcut option; must be A for a plain network.
  ///   - stem: the first convolution.
  ///   - classes: the number of classes.
  ///   - width: channels of the first stage, a multiple of 16.
  ///   - imageSide: rows and columns of an image, a multiple of 16.
  public init(
    kind: Kind = .residual, depth: Int = 20, shortcut: Shortcut = .A, stem: Stem = .batchnorm,
    classes: Int = 10, width: Int = 16, imageSide: Int = 32
  ) {
    precondition(Self.isValid(depth: depth), "no network of depth \(depth)")
    precondition(kind == .residual || shortcut == .A, "a plain network has no shortcut \(shortcut)")
    precondition(width > 0 && width % 16 == 0, "width \(width) is not a multiple of 16")
    precondition(imageSide > 0 && imageSide % 16 == 0, "side \(imageSide) is not a multiple of 16")
    precondition(classes > 0, "\(classes) classes")
    self.kind = kind
    self.depth = depth
    self.shortcut = shortcut
    self.stem = stem
    self.classes = classes
    self.width = width
    self.imageSide = imageSide
  }

  /// The most weighted layers; eight times the paper's deepest network of 1202.
  public static let maximumDepth = 10_000

  /// Whether a depth is 6n+2 with n ≥ 1, and at most ``maximumDepth``.
  ///
  /// - Parameter depth: the number of weighted layers.
  /// - Returns: whether there is a network of that depth.
  public static func isValid(depth: Int) -> Bool {
    depth >= 8 && depth <= maximumDepth && (depth - 2) % 6 == 0
  }

  /// Blocks in each of the three stages.
  public var blocksPerStage: Int { (depth - 2) / 6 }

  /// Channels of the last stage, which the classifier reads.
  public var features: Int { width * 4 }
}

extension Architecture {
  /// One block of two convolutions, as the walk through the network meets it.
  struct BlockDescription: Equatable, Sendable {
    let name: String
    let input: ImageShape
    let output: ImageShape
    let hasProjection: Bool

    /// Whether rows, columns and channels differ between input and output.
    var changesShape: Bool { input != output }
    var stride: Int { input.side / output.side }

    var firstGeometry: ConvolutionGeometry {
      ConvolutionGeometry(
        inputSide: input.side, inputChannels: input.channels, outputChannels: output.channels,
        stride: stride)
    }
    var secondGeometry: ConvolutionGeometry {
      ConvolutionGeometry(
        inputSide: output.side, inputChannels: output.channels, outputChannels: output.channels)
    }
  }

  var stemGeometry: ConvolutionGeometry {
    ConvolutionGeometry(inputSide: imageSide, inputChannels: 3, outputChannels: width)
  }

  /// The shape of the images that a stage computes.
  func shape(ofStage stage: Int) -> ImageShape {
    ImageShape(side: imageSide >> stage, channels: width << stage)
  }

  /// All blocks, from the stem to the classifier.
  var blocks: [BlockDescription] {
    var input = shape(ofStage: 0)
    return (0..<3).flatMap { stage in
      (0..<blocksPerStage).map { index in
        let output = shape(ofStage: stage)
        defer { input = output }
        let projects = shortcut == .C || (shortcut == .B && input != output)
        return BlockDescription(
          name: "layer\(stage + 1).\(index)", input: input, output: output,
          hasProjection: kind == .residual && projects)
      }
    }
  }
}
