import Tensor

/// What a convolution reads.
enum UnitInput {
  /// The network's own images, with their borders.
  case images(ImageBuffer)
  /// What the unit before it leaves.
  case activation(Activation)
}

/// The activation between two units, which exists only as the raw output of the first until it is
/// asked for.
///
/// Whoever reads it applies batch norm, adds the shortcut that ends there, and the ReLU.
struct Activation {
  /// The unit whose raw output it is made of; the network owns it.
  unowned let before: ConvolutionUnit
  /// The shortcut that is added, where a residual block ends.
  package let shortcut: Shortcut?
  /// Where it is kept once it is computed, at the borders of blocks.
  let kept: ImageBuffer?

  /// Computes an image's activation, and keeps it where it is to be kept.
  ///
  /// - Parameters:
  ///   - image: a local image.
  ///   - group: its batch-norm group.
  ///   - scratch: receives it, unless it is kept in the same form: with or without a border.
  /// - Returns: where it is.
  @discardableResult func compute(_ image: Int, group: Int, into scratch: FloatView) -> FloatView {
    guard let kept = kept?[image] else { return write(image, group: group, into: scratch) }
    if scratch.count == kept.count { return write(image, group: group, into: kept) }
    return write(image, group: group, into: scratch, and: kept)
  }

  /// Finds an image's activation once more, for the backward pass.
  ///
  /// - Parameters and result: as of ``compute(_:group:into:)``.
  func recompute(_ image: Int, group: Int, into scratch: FloatView) -> FloatView {
    guard let kept = kept?[image] else { return write(image, group: group, into: scratch) }
    if scratch.count == kept.count { return kept }
    copy(kept, shape: before.shape, into: scratch)
    return scratch
  }

  private func write(
    _ image: Int, group: Int, into target: FloatView, and copy: FloatView? = nil
  ) -> FloatView {
    activate(
      before.output[image], shape: before.shape, scale: before.scale(ofGroup: group),
      shift: before.shift(ofGroup: group), addend: shortcut?.addend(image) ?? .none,
      relu: before.norm != nil, into: target, and: copy)
    return target
  }

  /// Passes an image's gradient back to the unit before, and adds up its batch norm's sums.
  ///
  /// - Parameters:
  ///   - image: a local image.
  ///   - shard: its shard.
  ///   - gradient: of the activation; the callee's to change.
  ///   - identity: what reaches it through an identity shortcut, if anything.
  func backpropagate(
    _ image: Int, of shard: LocalShard, gradient: FloatView, identity: FloatView? = nil
  ) {
    let result = before.gradient[image]
    guard let norm = before.norm else {
      // The bare stem has no ReLU either.
      if let identity { add(identity, to: gradient) }
      result.copy(from: gradient)
      return
    }
    backpropagateActivation(
      gradient, addend: identity, mask: mask(image, group: shard.group), y: before.output[image],
      shape: before.shape, mean: norm.mean(ofGroup: shard.group), result: result,
      sums: norm.sums(ofLocalShard: shard.index))
  }

  private func mask(_ image: Int, group: Int) -> Mask {
    if let kept { return .positive(kept[image]) }
    return .normalized(scale: before.scale(ofGroup: group), shift: before.shift(ofGroup: group))
  }

  /// What ``compute(_:group:into:)`` reads and writes of all images.
  var reads: [ImageBuffer] { [before.output] + (shortcut.map { [$0.source] } ?? []) }
  var writes: [ImageBuffer] { kept.map { [$0] } ?? [] }
}
