import CVector

/// What is added to a normalised activation before its ReLU: a block's shortcut.
public enum Addend {
  /// Nothing: inside a block, or in a plain network.
  case none
  /// An image of the same shape.
  case same(FloatView)
  /// Every second pixel of each second row of an image with fewer channels, [2·side][2·side][fewer],
  /// zero in the channels beyond (option A).
  case subsampled(FloatView, channels: Int)
}

/// Computes `y·scale + shift + addend`, then optionally ReLU, for one image.
///
/// - Parameters:
///   - y: a raw convolution output, [side][side][channels].
///   - shape: its shape.
///   - scale: one factor per channel.
///   - shift: one term per channel.
///   - addend: the shortcut.
///   - relu: whether negative values become 0.
///   - target: receives the result, [side][side][channels], or in the interior of
///     [side+2][side+2][channels].
///   - copy: receives it too, if given, [side][side][channels].
public func activate(
  _ y: FloatView, shape: ImageShape, scale: FloatView, shift: FloatView, addend: Addend,
  relu: Bool, into target: FloatView, and copy: FloatView? = nil
) {
  let entry = KernelClock.enter()
  defer { KernelClock.leave(.activations, entered: entry) }
  shape.check(y)
  precondition(scale.count == shape.channels && shift.count == shape.channels, "per channel")
  if let copy { shape.check(copy) }
  let (first, targetRow) = shape.rows(of: target)
  for column in 0..<shape.columns {
    let row = ActivationRow(
      y: y.vectors + column, scale: scale.vectors[column], shift: shift.vectors[column],
      columns: shape.columns, side: shape.side, relu: relu)
    for index in 0..<shape.side {
      let offset = index * shape.side * shape.columns
      let to = first + index * targetRow + column
      switch addend {
      case .none:
        row.compute(offset: offset, to: to)
      case .same(let other):
        row.compute(
          offset: offset, to: to, adding: other.vectors + offset + column, step: shape.columns)
      case .subsampled(let other, let channels):
        let otherColumns = channels / vectorLanes
        if column < otherColumns {
          let otherRow = other.vectors + 2 * index * 2 * shape.side * otherColumns + column
          row.compute(offset: offset, to: to, adding: otherRow, step: 2 * otherColumns)
        } else {
          row.compute(offset: offset, to: to)
        }
      }
      if let copy { row.copy(from: to, to: copy.vectors + offset + column) }
    }
  }
}

/// One vector of channels along one row of pixels.
private struct ActivationRow {
  let y: VectorPointer
  let scale: Vector
  let shift: Vector
  let columns: Int
  let side: Int
  let relu: Bool

  @inline(__always) private func activated(_ value: Vector) -> Vector {
    relu ? cvector_relu(value) : value
  }

  @inline(__always) func compute(offset: Int, to: VectorPointer) {
    let from = y + offset
    for x in 0..<side {
      to[x * columns] = activated(cvector_fma(from[x * columns], scale, shift))
    }
  }

  @inline(__always) func compute(
    offset: Int, to: VectorPointer, adding other: VectorPointer, step: Int
  ) {
    let from = y + offset
    for x in 0..<side {
      let value = cvector_fma(from[x * columns], scale, shift)
      to[x * columns] = activated(cvector_add(value, other[x * step]))
    }
  }

  @inline(__always) func copy(from: VectorPointer, to: VectorPointer) {
    for x in 0..<side { to[x * columns] = from[x * columns] }
  }
}

/// Copies an image.
///
/// - Parameters:
///   - image: [side][side][channels].
///   - shape: its shape.
///   - target: receives it, likewise, or in the interior of [side+2][side+2][channels].
public func copy(_ image: FloatView, shape: ImageShape, into target: FloatView) {
  shape.check(image)
  let (first, targetRow) = shape.rows(of: target)
  let count = shape.side * shape.columns
  for row in 0..<shape.side {
    (first + row * targetRow).update(from: image.vectors + row * count, count: count)
  }
}
