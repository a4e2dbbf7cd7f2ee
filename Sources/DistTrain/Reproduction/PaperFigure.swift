import ResNet

/// A figure of "Deep Residual Learning for Image Recognition", or of its PyTorch reimplementation, as
/// the networks that are trained for it.
public enum PaperFigure: String, CaseIterable, Sendable {
  /// A plain network and the shortcut options at 20 layers (the reimplementation's first figure).
  case plainVersusResidual = "plain-vs-residual"
  /// Plain and residual networks of growing depth (the paper's Figure 6).
  case increasingDepth = "increasing-depth"

  /// A network of a figure.
  public struct Network: Hashable, Sendable {
    /// Plain or residual.
    public let kind: Architecture.Kind
    /// Its weighted layers.
    public let depth: Int
    /// Its shortcut option; A for a plain one.
    public let shortcut: Architecture.Shortcut

    /// The name of its run folder, without the seed: `plain-20`, `residual-20-A`.
    public var name: String {
      kind == .plain ? "plain-\(depth)" : "residual-\(depth)-\(shortcut.rawValue)"
    }
  }

  /// The networks, shallow before deep, in the order in which they are trained.
  public var networks: [Network] {
    switch self {
    case .plainVersusResidual:
      [Network(kind: .plain, depth: 20, shortcut: .A)]
        + [.A, .B, .C].map { Network(kind: .residual, depth: 20, shortcut: $0) }
    case .increasingDepth:
      [20, 32, 44, 56].flatMap { depth in
        [Architecture.Kind.plain, .residual].map {
          Network(kind: $0, depth: depth, shortcut: .A)
        }
      }
    }
  }
}
