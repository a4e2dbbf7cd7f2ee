/// Softmax and cross-entropy of one image's logits, and the gradient of the loss.
///
/// The loss of a label is −log softmax(logits)[label], in nats (He et al. 2015, §3.1 and §4.2). Its
/// exponentials and logarithms are the package's own, since those of a system's library differ.
public struct CrossEntropy: Sendable {
  private let probabilities: DoubleView

  /// Makes it with its scratch.
  ///
  /// - Parameters:
  ///   - classes: the number of classes.
  ///   - arena: where the scratch comes from.
  public init(classes: Int, arena: Arena) { probabilities = arena.take(classes) }

  private var classes: Int { probabilities.count }

  /// Computes an image's loss and the gradient of its logits.
  ///
  /// - Parameters:
  ///   - logits: [classes rounded up to vectors].
  ///   - label: the right class.
  ///   - scale: the weight of this image's loss in the total, 1 / global batch.
  ///   - gradient: overwritten with (softmax − target)·scale, 0 beyond the classes.
  /// - Returns: the loss, and whether another class has the largest logit; of equal ones the first
  ///   counts.
  public func compute(
    _ logits: FloatView, label: Int, scale: Double, gradient: FloatView
  ) -> (loss: Double, isWrong: Bool) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.classifier, entered: entry) }
    precondition(label >= 0 && label < classes, "label \(label) of \(classes) classes")
    var largest = 0
    for index in 1..<classes where logits[index] > logits[largest] { largest = index }
    let maximum = Double(logits[largest])
    var total = 0.0
    for index in 0..<classes {
      let power = ElementaryFunctions.exp(Double(logits[index]) - maximum)
      probabilities[index] = power
      total += power
    }
    for index in 0..<classes {
      let target = index == label ? 1.0 : 0.0
      gradient[index] = Float((probabilities[index] / total - target) * scale)
    }
    for index in classes..<gradient.count { gradient[index] = 0 }
    return (
      ElementaryFunctions.log(total) - (Double(logits[label]) - maximum), largest != label
    )
  }
}
