import DistTrain

/// Test errors on CIFAR-10 that others have published for a network, in per cent.
struct PublishedErrors {
  /// Those of "Deep Residual Learning for Image Recognition" (He, Zhang, Ren and Sun 2015).
  ///
  /// Table 6 for residual networks; those of plain ones are read off Figure 6, and so begin with a
  /// tilde.
  let paper: String?
  /// Those of tanjeffreyz/deep-residual-learning: the least over all tests of one run.
  let reimplementation: String?

  private static let plainPaper = [20: "~9.5", 32: "~10", 44: "~12", 56: "~13.5"]
  private static let residualPaper = [20: "8.75", 32: "7.51", 44: "7.17", 56: "6.97"]
  private static let plainReimplementation = [20: "12.27", 32: "12.65", 44: "15.25", 56: "15.43"]
  private static let residualReimplementation = [20: "10.92", 32: "10.07", 44: "9.85", 56: "9.74"]

  /// What is published for a network; nothing for other images than CIFAR-10's.
  init(_ network: PaperFigure.Network, on dataset: DatasetDescription) {
    let depth = network.depth
    if dataset != .cifar10 {
      paper = nil
      reimplementation = nil
      return
    }
    switch (network.kind, network.shortcut) {
    case (.plain, _):
      paper = Self.plainPaper[depth]
      reimplementation = Self.plainReimplementation[depth]
    case (.residual, .A):
      paper = Self.residualPaper[depth]
      reimplementation = Self.residualReimplementation[depth]
    case (.residual, .B):
      // The paper compares the options on ImageNet only.
      paper = nil
      reimplementation = depth == 20 ? "10.59" : nil
    case (.residual, .C):
      paper = nil
      reimplementation = nil
    }
  }
}
