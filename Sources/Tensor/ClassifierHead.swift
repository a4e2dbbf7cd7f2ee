import CVector

/// Global average pooling and the linear layer, image by image.
public final class ClassifierHead {
  private let shape: ImageShape
  private let classes: Int
  /// Average features, [images][features].
  private let pooled: FloatView
  /// [images][classes rounded up to vectors].
  private let logits: FloatView
  private let pooledGradient: FloatView

  /// Makes a classifier.
  ///
  /// - Parameters:
  ///   - shape: the shape of the images that it pools; their channels are its features.
  ///   - classes: the number of classes.
  ///   - images: how many images' logits it keeps.
  ///   - arena: where the memory comes from.
  public init(shape: ImageShape, classes: Int, images: Int, arena: Arena) {
    self.shape = shape
    self.classes = classes
    pooled = arena.take(images * shape.channels)
    logits = arena.take(images * roundedUpToVectors(classes))
    pooledGradient = arena.take(shape.channels)
  }

  private var logitCount: Int { roundedUpToVectors(classes) }

  /// The logits of an image, [classes rounded up to vectors].
  ///
  /// - Parameter index: which image.
  /// - Returns: what the last ``forward(_:image:weights:bias:)`` of that image computed.
  public func logits(_ index: Int) -> FloatView {
    logits.row(index, width: logitCount)
  }

  private func pooled(_ index: Int) -> FloatView { pooled.row(index, width: shape.channels) }

  /// Computes an image's logits.
  ///
  /// - Parameters:
  ///   - index: which image.
  ///   - image: its activation, [side][side][features].
  ///   - weights: [features][classes rounded up], zero beyond the classes.
  ///   - bias: [classes rounded up].
  public func forward(_ index: Int, image: FloatView, weights: FloatView, bias: FloatView) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.classifier, entered: entry) }
    precondition(weights.count == shape.channels * logitCount, "\(weights.count) weights")
    let features = pooled(index)
    pool(image, into: features)
    let logits = logits(index)
    logits.copy(from: bias)
    let columns = logitCount / vectorLanes
    MatrixProduct(
      a: features.base, aRow: 0, aStep: 1, b: weights.vectors, bStep: columns, c: logits.vectors,
      cRow: columns, steps: shape.channels, accumulates: true
    ).compute(rows: 1, columns: columns)
  }

  private func pool(_ image: FloatView, into features: FloatView) {
    let share = Vector(repeating: 1 / Float(shape.side * shape.side))
    features.fill(with: 0)
    accumulateChannelSums(image, shape: shape, into: features)
    for column in 0..<shape.columns {
      features.vectors[column] = cvector_multiply(features.vectors[column], share)
    }
  }

  /// Computes the gradients of an image whose logits were computed.
  ///
  /// - Parameters:
  ///   - index: which image.
  ///   - gradient: of its logits, [classes rounded up].
  ///   - weights: [features][classes rounded up].
  ///   - weightGradient: likewise; added to.
  ///   - biasGradient: [classes rounded up]; added to.
  ///   - imageGradient: [side][side][features]; overwritten.
  public func backward(
    _ index: Int, gradient: FloatView, weights: FloatView, weightGradient: FloatView,
    biasGradient: FloatView, imageGradient: FloatView
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.classifier, entered: entry) }
    shape.check(imageGradient)
    precondition(gradient.count == logitCount, "\(gradient.count) logits of \(classes) classes")
    add(gradient, to: biasGradient)
    let features = pooled(index)
    let columns = logitCount / vectorLanes
    let pixelShare = 1 / Float(shape.side * shape.side)
    for feature in 0..<shape.channels {
      let x = Vector(repeating: features.base[feature])
      let row = weightGradient.vectors + feature * columns
      for column in 0..<columns {
        row[column] = cvector_fma(x, gradient.vectors[column], row[column])
      }
      let weightRow = weights.base + feature * logitCount
      var sum: Float = 0
      for index in 0..<classes { sum += weightRow[index] * gradient.base[index] }
      pooledGradient.base[feature] = sum * pixelShare
    }
    for pixel in 0..<shape.side * shape.side {
      (imageGradient.vectors + pixel * shape.columns)
        .update(from: pooledGradient.vectors, count: shape.columns)
    }
  }
}
