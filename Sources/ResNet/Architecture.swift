/// Which network of the paper: plain or residual, how deep, with which shortcuts and stem.
public struct Architecture: Equatable, Sendable {
  /// Plain stacks of convolutions, or residual blocks.
  public enum Kind: String, CaseIterable, Sendable { case plain, residual }

  /// The paper's shortcut options (§4.2, §3.3).
  public enum Shortcut: String, CaseIterable, Sendable {
    /// Subsampled identity with zero channels at the end; no parameters.
    case A
    /// Projections where the size changes, identity elsewhere.
    case B
    /// Projections everywhere.
    case C
  }

  /// The first convolution: with batch norm and ReLU, or bare with a bias.
  public enum Stem: String, CaseIterable, Sendable { case batchnorm, bare }

  /// Plain or residual.
  public let kind: Kind
  /// Weighted layers: 6n+2 in the paper.
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
  /// Convolutions in a block; 2 in the paper.
  public let unitsPerBlock: Int

  /// Makes an architecture.
  ///
  /// - Parameters:
  ///   - kind: plain or residual.
  ///   - depth: 3·n·`unitsPerBlock`+2, n ≥ 1, at most ``maximumDepth``: 6n+2 in the paper.
  ///   - shortcut: the shortcut option; must be A for a plain network.
  ///   - stem: the first convolution.
  ///   - classes: the number of classes.
  ///   - width: channels of the first stage, a multiple of 16.
  ///   - imageSide: rows and columns of an image, a multiple of 16.
  ///   - unitsPerBlock: convolutions in a block, at least 1.
  public init(
    kind: Kind = .residual, depth: Int = 20, shortcut: Shortcut = .A, stem: Stem = .batchnorm,
    classes: Int = 10, width: Int = 16, imageSide: Int = 32, unitsPerBlock: Int = 2
  ) {
    precondition(unitsPerBlock > 0, "blocks of \(unitsPerBlock) convolutions")
    precondition(
      depth > 2 && depth <= Self.maximumDepth && (depth - 2) % (3 * unitsPerBlock) == 0,
      "no network of depth \(depth)")
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
    self.unitsPerBlock = unitsPerBlock
  }

  /// The most weighted layers; eight times the paper's deepest network of 1202.
  public static let maximumDepth = 10_000

  /// Whether a depth is the paper's 6n+2 with n ≥ 1, and at most ``maximumDepth``.
  ///
  /// - Parameter depth: the number of weighted layers.
  /// - Returns: whether there is a network of that depth.
  public static func isValid(depth: Int) -> Bool {
    depth >= 8 && depth <= maximumDepth && (depth - 2) % 6 == 0
  }

  /// Blocks in each of the three stages.
  public var blocksPerStage: Int { (depth - 2) / (3 * unitsPerBlock) }

  /// Channels of the last stage, which the classifier reads.
  public var features: Int { width * 4 }
}
