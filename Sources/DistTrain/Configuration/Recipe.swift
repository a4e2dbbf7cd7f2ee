import ResNet

/// The recipes as data: `paper` is the defaults of all settings (section 4.2 of the paper).
extension Configuration.RecipeName {
  /// What the recipe changes of the defaults, apart from its warm-up.
  var changes: PartialConfiguration {
    switch self {
    case .paper: PartialConfiguration()
    case .tanjeffreyz:
      PartialConfiguration {
        $0.normalization = .imageMean
        $0.augmentation = .crop
        $0.stem = .bare
        $0.iterations = 62_560
      }
    }
  }

  /// The warm-up of deep networks.
  fileprivate var warmUp: WarmUp {
    switch self {
    case .paper: WarmUp(iterations: 400, depth: 110, ofPlain: true)
    case .tanjeffreyz: WarmUp(iterations: 391, depth: 56, ofPlain: false)
    }
  }

  /// What the recipe's warm-up changes for a network.
  ///
  /// - Parameters:
  ///   - network: plain or residual.
  ///   - depth: its weighted layers.
  /// - Returns: the warm-up, or nothing.
  func warmUp(network: Architecture.Kind, depth: Int) -> PartialConfiguration {
    PartialConfiguration {
      if depth < warmUp.depth || network == .plain && !warmUp.ofPlain { return }
      $0.warmUpLearningRate = WarmUp.learningRate
      $0.warmUpIterations = warmUp.iterations
    }
  }
}

/// How a recipe begins with networks that would not start to learn at the full rate.
struct WarmUp {
  /// The learning rate of every warm-up.
  static let learningRate = 0.01

  package let iterations: Int
  /// The least depth that has it.
  package let depth: Int
  /// Whether plain networks have it.
  let ofPlain: Bool

  /// All recipes' warm-ups, for the help.
  package static var summary: String {
    Configuration.RecipeName.allCases.map { recipe in
      let warmUp = recipe.warmUp
      return "\(recipe.rawValue): \(warmUp.iterations) from depth \(warmUp.depth) on"
        + (warmUp.ofPlain ? "" : ", residual only")
    }.joined(separator: "; ")
  }
}
