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

/// Where an activation is written: an image, the interior of a padded one, or both.
public struct ActivationTarget {
  let image: FloatView?
  let padded: FloatView?

  /// Makes a target.
  ///
  /// - Parameters:
  ///   - image: [side][side][channels].
  ///   - padded: [side+2][side+2][channels], of which the interior is written.
  public init(image: FloatView? = nil, padded: FloatView? = nil) {
    precondition(image != nil || padded != nil, "an activation without a target")
    self.image = image
    self.padded = padded
  }
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
///   - target: where the result goes.
public func activate(
  _ y: FloatView, shape: ImageShape, scale: FloatView, shift: FloatView, addend: Addend,
  relu: Bool, into target: ActivationTarget
) {
  let entry = KernelClock.enter()
  defer { KernelClock.leave(.activations, entered: entry) }
  shape.check(y)
  precondition(scale.count == shape.channels && shift.count == shape.channels, "per channel")
  let (padded, paddedRow) = target.padded.map(shape.interior) ?? (y.vectors, 0)
  let image = target.image?.vectors
  for column in 0..<shape.columns {
    let row = ActivationRow(
      y: y.vectors + column, scale: scale.vectors[column], shift: shift.vectors[column],
      columns: shape.columns, side: shape.side, relu: relu)
    for index in 0..<shape.side {
      let offset = index * shape.side * shape.columns
      // A row is written to the padded scratch if there is one, and copied from there.
      let direct = target.padded == nil
      let to =
        direct ? (image ?? y.vectors) + offset + column : padded + index * paddedRow + column
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
      if let image, !direct {
        row.copy(from: to, to: image + offset + column)
      }
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

/// Copies an image into the interior of a padded one.
///
/// - Parameters:
///   - image: [side][side][channels].
///   - shape: its shape.
///   - padded: [side+2][side+2][channels].
public func copy(_ image: FloatView, shape: ImageShape, intoPadded padded: FloatView) {
  shape.check(image)
  let (interior, paddedRow) = shape.interior(padded)
  let count = shape.side * shape.columns
  for row in 0..<shape.side {
    (interior + row * paddedRow).update(from: image.vectors + row * count, count: count)
  }
}
