import CVector

/// Adds one image's sums of `y − pivot` and `(y − pivot)²` per channel to double-precision sums.
///
/// A pivot near the mean keeps single-precision sums within an image from cancelling.
///
/// - Parameters:
///   - y: [side][side][channels].
///   - shape: its shape.
///   - pivot: one value per channel.
///   - sums: channels sums, then channels sums of squares.
public func accumulateMoments(
  _ y: FloatView, shape: ImageShape, pivot: FloatView, into sums: DoubleView
) {
  let entry = KernelClock.enter()
  defer { KernelClock.leave(.moments, entered: entry) }
  shape.check(y)
  precondition(sums.count == 2 * shape.channels && pivot.count == shape.channels, "per channel")
  let columns = shape.columns
  let pixels = shape.side * shape.side
  precondition(pixels % 2 == 0, "\(pixels) pixels, which are read in pairs")
  for column in 0..<columns {
    let from = y.vectors + column
    let center = pivot.vectors[column]
    var sum0 = Vector()
    var sum1 = Vector()
    var squares0 = Vector()
    var squares1 = Vector()
    for pixel in stride(from: 0, to: pixels, by: 2) {
      let a = cvector_subtract(from[pixel * columns], center)
      let b = cvector_subtract(from[(pixel + 1) * columns], center)
      sum0 = cvector_add(sum0, a)
      sum1 = cvector_add(sum1, b)
      squares0 = cvector_fma(a, a, squares0)
      squares1 = cvector_fma(b, b, squares1)
    }
    let target = sums.base + column * vectorLanes
    cvector_accumulate_double(target, cvector_add(sum0, sum1))
    cvector_accumulate_double(target + shape.channels, cvector_add(squares0, squares1))
  }
}

/// Turns sums about a pivot into means and centred sums of squares.
///
/// - Parameters:
///   - sums: channels sums, then channels sums of squares; becomes means, then Σ(y − mean)².
///   - pivot: what was subtracted.
///   - values: how many values each sum is over.
public func finishMoments(_ sums: DoubleView, pivot: FloatView, values: Int) {
  let channels = pivot.count
  for channel in 0..<channels {
    let sum = sums[channel]
    // Rounding of nearly constant channels may leave a negative sum of squares; it is not one.
    sums[channels + channel] = max(0, sums[channels + channel] - sum * sum / Double(values))
    sums[channel] = Double(pivot[channel]) + sum / Double(values)
  }
}

/// Computes one image's gradient of a raw convolution output, `gradient·a + y·b + c`.
///
/// With a = γ/σ, b = −γ/σ²·Σg·x̂/n and c = −γ/σ·Σg/n − b·mean, where x̂ = (y − mean)/σ, this is the
/// gradient of batch norm (Ioffe and Szegedy 2015, §3).
///
/// - Parameters:
///   - gradient: the gradient of the normalised output, [side][side][channels].
///   - y: the raw output, likewise.
///   - shape: their shape.
///   - a: one factor per channel.
///   - b: one factor per channel.
///   - c: one term per channel.
///   - target: receives it, [side][side][channels], or in the interior of [side+2][side+2][channels].
public func backpropagateNormalization(
  _ gradient: FloatView, y: FloatView, shape: ImageShape, a: FloatView, b: FloatView, c: FloatView,
  into target: FloatView
) {
  let entry = KernelClock.enter()
  defer { KernelClock.leave(.normalizationGradients, entered: entry) }
  shape.check(gradient)
  shape.check(y)
  let (first, targetRow) = shape.rows(of: target)
  let columns = shape.columns
  for column in 0..<columns {
    let (factor, slope, term) = (a.vectors[column], b.vectors[column], c.vectors[column])
    for row in 0..<shape.side {
      let offset = row * shape.side * columns + column
      let g = gradient.vectors + offset
      let raw = y.vectors + offset
      let to = first + row * targetRow + column
      for x in 0..<shape.side {
        let centered = cvector_fma(raw[x * columns], slope, term)
        to[x * columns] = cvector_fma(g[x * columns], factor, centered)
      }
    }
  }
}

/// Where a ReLU let its input through.
public enum Mask {
  /// Where an activation, [side][side][channels], is positive.
  case positive(FloatView)
  /// Where `y·scale + shift` is positive, with one factor and term per channel.
  case normalized(scale: FloatView, shift: FloatView)
}

/// Passes one image's gradient back through a ReLU and adds up batch norm's backward sums.
///
/// Computes `d = mask ? gradient + addend : 0` and per channel Σd and Σd·(y − mean).
///
/// - Parameters:
///   - gradient: the gradient of the activation, [side][side][channels].
///   - addend: what reaches the activation by another way, likewise, if anything.
///   - mask: where the ReLU let through.
///   - y: the raw output that was normalised, likewise.
///   - shape: the shape of all of them.
///   - mean: one value per channel.
///   - result: receives d; may be the same memory as `addend`.
///   - sums: channels sums of d, then channels sums of d·(y − mean), in double precision.
public func backpropagateActivation(
  _ gradient: FloatView, addend: FloatView?, mask: Mask, y: FloatView, shape: ImageShape,
  mean: FloatView, result: FloatView, sums: DoubleView
) {
  let entry = KernelClock.enter()
  defer { KernelClock.leave(.activationGradients, entered: entry) }
  shape.check(gradient)
  shape.check(y)
  shape.check(result)
  precondition(sums.count == 2 * shape.channels && mean.count == shape.channels, "per channel")
  for column in 0..<shape.columns {
    let pass = BackwardColumn(
      gradient: gradient.vectors + column, y: y.vectors + column, result: result.vectors + column,
      mean: mean.vectors[column], columns: shape.columns, pixels: shape.side * shape.side)
    let other = addend.map { $0.vectors + column }
    let (sum, product) =
      switch mask {
      case .positive(let activation):
        pass.compute(addend: other) { offset, _, d in
          cvector_where_positive((activation.vectors + column)[offset], d)
        }
      case .normalized(let scale, let shift):
        pass.compute(addend: other) {
          [scale = scale.vectors[column], shift = shift.vectors[column]] _, y, d in
          cvector_where_positive(cvector_fma(y, scale, shift), d)
        }
      }
    let target = sums.base + column * vectorLanes
    cvector_accumulate_double(target, sum)
    cvector_accumulate_double(target + shape.channels, product)
  }
}

/// One vector of channels over all pixels of an image.
private struct BackwardColumn {
  let gradient: VectorPointer
  let y: VectorPointer
  let result: VectorPointer
  let mean: Vector
  let columns: Int
  let pixels: Int

  @inline(__always) func compute(
    addend: VectorPointer?, masked: (_ offset: Int, _ y: Vector, _ d: Vector) -> Vector
  ) -> (sum: Vector, product: Vector) {
    if let addend {
      return loop { offset in
        cvector_add(gradient[offset], addend[offset])
      } masked: {
        masked($0, $1, $2)
      }
    }
    return loop { offset in
      gradient[offset]
    } masked: {
      masked($0, $1, $2)
    }
  }

  @inline(__always) private func loop(
    incoming: (_ offset: Int) -> Vector,
    masked: (_ offset: Int, _ y: Vector, _ d: Vector) -> Vector
  ) -> (sum: Vector, product: Vector) {
    var sum = Vector()
    var product = Vector()
    for pixel in 0..<pixels {
      let offset = pixel * columns
      let raw = y[offset]
      let d = masked(offset, raw, incoming(offset))
      result[offset] = d
      sum = cvector_add(sum, d)
      product = cvector_fma(d, cvector_subtract(raw, mean), product)
    }
    return (sum, product)
  }
}

/// Adds an option-A shortcut's gradient to the gradient of its input: to every second pixel of each
/// second row, in the channels that the shortcut passed on.
///
/// - Parameters:
///   - gradient: the gradient behind the shortcut, [side][side][channels].
///   - shape: its shape.
///   - inputGradient: [2·side][2·side][inputChannels]; added to.
///   - inputChannels: at most `channels`.
public func addSubsampled(
  _ gradient: FloatView, shape: ImageShape, to inputGradient: FloatView, inputChannels: Int
) {
  shape.check(gradient)
  precondition(inputGradient.count == 4 * shape.side * shape.side * inputChannels, "input's shape")
  let inputColumns = inputChannels / vectorLanes
  for row in 0..<shape.side {
    for x in 0..<shape.side {
      let from = gradient.vectors + (row * shape.side + x) * shape.columns
      let to = inputGradient.vectors + (2 * row * 2 * shape.side + 2 * x) * inputColumns
      for column in 0..<inputColumns { to[column] = cvector_add(to[column], from[column]) }
    }
  }
}

/// Adds each channel's sum over one image's pixels.
///
/// - Parameters:
///   - image: [side][side][channels].
///   - shape: its shape.
///   - sums: one sum per channel; added to.
public func accumulateChannelSums(_ image: FloatView, shape: ImageShape, into sums: FloatView) {
  shape.check(image)
  precondition(sums.count == shape.channels, "\(sums.count) sums of \(shape.channels) channels")
  for column in 0..<shape.columns {
    let from = image.vectors + column
    var sum = Vector()
    for pixel in 0..<shape.side * shape.side {
      sum = cvector_add(sum, from[pixel * shape.columns])
    }
    sums.vectors[column] = cvector_add(sums.vectors[column], sum)
  }
}
