import CVector

/// What the loss of some images adds up to.
public struct LossSums: Equatable, Sendable {
  /// The sum of cross-entropies, in nats.
  public var loss = 0.0
  /// How many images were classified wrongly.
  public var errors = 0

  /// Makes sums of nothing.
  public init() {}
}

/// Global average pooling, the linear layer, softmax and cross-entropy, image by image.
public final class Classifier {
  private let shape: ImageShape
  private let classes: Int
  /// Average features of an image, [features].
  private let pooled: FloatView
  /// Logits of an image, then their gradient, [classes rounded up to vectors].
  private let logits: FloatView
  private let probabilities: DoubleView
  private let pooledGradient: FloatView

  /// Makes a classifier with its scratch.
  ///
  /// - Parameters:
  ///   - shape: the shape of the images that it pools; their channels are its features.
  ///   - classes: the number of classes.
  ///   - arena: where the scratch comes from.
  public init(shape: ImageShape, classes: Int, arena: Arena) {
    self.shape = shape
    self.classes = classes
    pooled = arena.take(shape.channels)
    logits = arena.take(roundedUpToVectors(classes))
    probabilities = arena.take(classes)
    pooledGradient = arena.take(shape.channels)
  }

  /// Computes one image's logits, loss and error.
  ///
  /// - Parameters:
  ///   - image: [side][side][features].
  ///   - label: the right class.
  ///   - weights: [features][classes rounded up], zero beyond the classes.
  ///   - bias: [classes rounded up].
  ///   - sums: added to. A tie counts as right only if the label is the first of the largest.
  public func forward(
    _ image: FloatView, label: Int, weights: FloatView, bias: FloatView, sums: inout LossSums
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.classifier, entered: entry) }
    shape.check(image)
    precondition(label >= 0 && label < classes, "label \(label) of \(classes) classes")
    pool(image)
    computeLogits(weights: weights, bias: bias)
    var largest = 0
    for index in 1..<classes where logits[index] > logits[largest] { largest = index }
    if largest != label { sums.errors += 1 }
    let maximum = Double(logits[largest])
    var total = 0.0
    for index in 0..<classes {
      let power = ElementaryFunctions.exp(Double(logits[index]) - maximum)
      probabilities[index] = power
      total += power
    }
    for index in 0..<classes { probabilities[index] /= total }
    sums.loss += ElementaryFunctions.log(total) - (Double(logits[label]) - maximum)
  }

  /// Computes the gradients of the image of the last ``forward(_:label:weights:bias:sums:)``.
  ///
  /// - Parameters:
  ///   - label: the right class.
  ///   - scale: the weight of this image's loss in the total, 1 / global batch.
  ///   - weights: [features][classes rounded up].
  ///   - weightGradient: likewise; added to.
  ///   - biasGradient: [classes rounded up]; added to.
  ///   - imageGradient: [side][side][features]; overwritten.
  public func backward(
    label: Int, scale: Double, weights: FloatView, weightGradient: FloatView,
    biasGradient: FloatView, imageGradient: FloatView
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.classifier, entered: entry) }
    shape.check(imageGradient)
    let gradient = logits
    for index in 0..<classes {
      let target = index == label ? 1.0 : 0.0
      gradient[index] = Float((probabilities[index] - target) * scale)
    }
    for index in classes..<gradient.count { gradient[index] = 0 }
    add(gradient, to: biasGradient)
    let columns = gradient.count / vectorLanes
    let pixelShare = 1 / Float(shape.side * shape.side)
    for feature in 0..<shape.channels {
      let x = Vector(repeating: pooled.base[feature])
      let row = weightGradient.vectors + feature * columns
      for column in 0..<columns {
        row[column] = cvector_fma(x, gradient.vectors[column], row[column])
      }
      let weightRow = weights.base + feature * gradient.count
      var sum: Float = 0
      for index in 0..<classes { sum += weightRow[index] * gradient.base[index] }
      pooledGradient.base[feature] = sum * pixelShare
    }
    for pixel in 0..<shape.side * shape.side {
      (imageGradient.vectors + pixel * shape.columns)
        .update(from: pooledGradient.vectors, count: shape.columns)
    }
  }

  /// The logits of the last forward pass.
  public var lastLogits: [Float] { Array(logits.array.prefix(classes)) }

  private func pool(_ image: FloatView) {
    let share = Vector(repeating: 1 / Float(shape.side * shape.side))
    pooled.fill(with: 0)
    accumulateChannelSums(image, shape: shape, into: pooled)
    for column in 0..<shape.columns {
      pooled.vectors[column] = cvector_multiply(pooled.vectors[column], share)
    }
  }

  private func computeLogits(weights: FloatView, bias: FloatView) {
    precondition(weights.count == shape.channels * logits.count, "\(weights.count) weights")
    logits.copy(from: bias)
    let columns = logits.count / vectorLanes
    Product(
      a: pooled.base, aRow: 0, aStep: 1, b: weights.vectors, bStep: columns, c: logits.vectors,
      cRow: columns, steps: shape.channels, accumulates: true
    ).compute(rows: 1, columns: columns)
  }
}
