/// The shape of an image: rows and columns of pixels, and channels.
public struct ImageShape: Equatable, Sendable {
  /// Rows and columns.
  public let side: Int
  /// Channels: 3 of an image that a network is given, else a multiple of 16.
  public let channels: Int

  /// Makes a shape.
  ///
  /// - Parameters:
  ///   - side: rows and columns.
  ///   - channels: 3, or a multiple of 16.
  public init(side: Int, channels: Int) {
    precondition(
      channels == 3 || channels % vectorLanes == 0, "\(channels) channels are not whole vectors")
    self.side = side
    self.channels = channels
  }

  /// Elements of an image, [side][side][channels].
  public var count: Int { side * side * channels }
  /// The shape with a border of one pixel, [side+2][side+2][channels].
  public var padded: ImageShape { ImageShape(side: side + 2, channels: channels) }

  /// Vectors of channels of a pixel.
  var columns: Int { channels / vectorLanes }

  package func check(_ view: FloatView) {
    precondition(view.count == count, "an image of \(view.count) elements is not \(self)")
  }

  /// The first vector of an image with or without a border, and the vectors from row to row.
  func rows(of view: FloatView) -> (first: VectorPointer, row: Int) {
    if view.count == count { return (view.vectors, side * columns) }
    padded.check(view)
    let row = (side + 2) * columns
    return (view.vectors + row + columns, row)
  }
}

/// Images of one shape, one after the other: [images][side][side][channels].
///
/// What layers leave for each other is kept in these.
public struct ImageBuffer: Sendable {
  /// The shape of each image.
  public let shape: ImageShape
  /// The elements of all images.
  public let elements: FloatView

  /// Makes a buffer of zeroed images.
  ///
  /// - Parameters:
  ///   - count: how many images.
  ///   - shape: the shape of each.
  ///   - arena: where the memory comes from.
  public init(_ count: Int, of shape: ImageShape, arena: Arena) {
    self.init(arena.take(count * shape.count), shape: shape)
  }

  /// Makes a buffer of memory that is there.
  ///
  /// - Parameters:
  ///   - elements: a whole number of images.
  ///   - shape: the shape of each.
  public init(_ elements: FloatView, shape: ImageShape) {
    precondition(elements.count % shape.count == 0, "\(elements.count) elements of \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// The number of images.
  public var count: Int { elements.count / shape.count }

  /// One image.
  ///
  /// - Parameter index: which.
  public subscript(index: Int) -> FloatView {
    elements.row(index, width: shape.count)
  }
}
