/// Convolution of stride 1 with as many outputs as inputs by Winograd's F(4×4, 3×3).
///
/// It needs 36 multiplies where the definition needs 144 (Lavin and Gray 2016).
///
/// Images are computed in small groups, so that the transformed weights, read once per group, and
/// the group's tiles stay in the second-level cache; where weights are few, in strips of tile rows
/// that stay in the first. The gradient of the weights is summed in the transformed domain and
/// transformed back once per call.
///
/// **Accuracy**: 1-3e-6 relative L2 against float64.
public final class WinogradConvolution: ConvolutionEngine {
  /// The shape that the engine computes.
  public let geometry: ConvolutionGeometry
  private let channels: Int
  private let side: Int
  private let blocking: WinogradBlocking
  private let input: FloatView
  private let gradient: FloatView
  private let inputGradient: FloatView
  /// A row of pixels, all zero.
  private let zeros: FloatView
  private let weightPoints: FloatView
  private let weightGradientPoints: FloatView
  private let rotatedWeights: FloatView
  private let tiles: FloatView
  private let products: FloatView
  private let gradientTiles: FloatView

  /// Whether the engine computes a geometry.
  ///
  /// - Parameter geometry: a shape.
  /// - Returns: whether stride, channels and side allow it.
  public static func supports(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.stride == 1 && geometry.inputChannels == geometry.outputChannels
      && geometry.inputSide % 4 == 0
  }

  /// Makes an engine with its scratch.
  ///
  /// - Parameters:
  ///   - geometry: a shape that ``supports(_:)`` allows.
  ///   - arena: where the scratch comes from.
  public init(geometry: ConvolutionGeometry, arena: Arena) {
    precondition(Self.supports(geometry), "Winograd for \(geometry)")
    self.geometry = geometry
    channels = geometry.inputChannels
    side = geometry.inputSide
    blocking = WinogradBlocking(side: side, channels: channels)
    input = arena.take(geometry.inputCount)
    gradient = arena.take(geometry.inputCount)
    inputGradient = arena.take(geometry.inputCount)
    zeros = arena.take(side * channels)
    weightPoints = arena.take(36 * Self.pointStride(channels, channels))
    weightGradientPoints = arena.take(36 * Self.pointStride(channels, channels))
    rotatedWeights = arena.take(geometry.weightCount)
    let points = 36 * Self.pointStride(blocking.maximumTiles, channels)
    tiles = arena.take(points)
    gradientTiles = arena.take(points)
    // A row of products may overwrite the tiles it was computed from only if one block spans it.
    products =
      MatrixProduct.blockSpans(columns: channels / vectorLanes) ? tiles : arena.take(points)
  }

  /// The elements from point to point: one cache line more than the matrix has, so that the points of
  /// an element do not share a cache set.
  private static func pointStride(_ rows: Int, _ channels: Int) -> Int {
    rows * channels + vectorLanes
  }

  /// Matrices of as many rows as a group has tiles.
  private func points(_ view: FloatView) -> WinogradPoints {
    points(view, rows: blocking.maximumTiles)
  }

  private func points(_ view: FloatView, rows: Int) -> WinogradPoints {
    WinogradPoints(
      base: view.registers, pointStride: Self.pointStride(rows, channels) / Register.scalarCount)
  }

  /// The transformed weights.
  private var weightMatrices: WinogradPoints { points(weightPoints, rows: channels) }
  /// The sums of their gradients.
  private var weightGradientMatrices: WinogradPoints {
    points(weightGradientPoints, rows: channels)
  }

  /// Transforms the weights.
  ///
  /// - Parameter weights: [3][3][channels][channels].
  public func prepareForward(weights: FloatView) {
    precondition(weights.count == geometry.weightCount, "\(weights.count) weights, \(geometry)")
    WinogradWeights(channels: channels).transform(weights.registers, into: weightMatrices)
  }

  /// Rotates and transforms the weights.
  ///
  /// - Parameter weights: [3][3][channels][channels].
  public func prepareBackward(weights: FloatView) {
    precondition(weights.count == geometry.weightCount, "\(weights.count) weights, \(geometry)")
    let transform = WinogradWeights(channels: channels)
    transform.rotate(weights.base, into: rotatedWeights.base)
    transform.transform(rotatedWeights.registers, into: weightMatrices)
  }

  /// Computes outputs group by group.
  ///
  /// - Parameters:
  ///   - images: positions in `output`.
  ///   - output: the layer's images.
  ///   - upcoming: what the closures read and write.
  ///   - fill: writes an image's input.
  ///   - finish: called with each image.
  public func forward(
    images: Range<Int>, output: ImageBuffer, upcoming: UpcomingImages,
    fill: (Int, FloatView) -> FloatView, finish: (Int) -> Void
  ) {
    blocking.forEachGroup(of: images) { group in
      correlate(group, fetching: upcoming.part(after: group)) { image in
        fill(image, input)
      } target: { image in
        output[image]
      } transformed: { _ in
      } finish: { image, _ in
        finish(image)
      }
    }
  }

  /// Computes both gradients group by group.
  ///
  /// - Parameters:
  ///   - images: the images to sum over.
  ///   - weightGradient: [3][3][channels][channels]; overwritten.
  ///   - upcomingGradients: what `fillGradient` reads.
  ///   - upcomingInputs: what `fillInput` and `finish` read and write.
  ///   - fillGradient: writes an image's output gradient.
  ///   - fillInput: writes an image's input.
  ///   - finish: called with each image's input gradient.
  public func backward(
    images: Range<Int>, weightGradient: FloatView, upcomingGradients: UpcomingImages,
    upcomingInputs: UpcomingImages, fillGradient: (Int, FloatView) -> Void,
    fillInput: (Int, FloatView) -> FloatView,
    finish: (Int, FloatView) -> Void
  ) {
    precondition(weightGradient.count == geometry.weightCount, "\(weightGradient.count) weights")
    blocking.forEachGroup(of: images) { group in
      correlate(group, fetching: upcomingInputs.part(of: group)) { image in
        fillGradient(image, gradient)
        return gradient
      } target: { _ in
        inputGradient
      } transformed: { tile in
        transformGradient(blocking.allRows, at: tile)
      } finish: {
        finish($0, $1)
      }
      accumulateWeightGradient(
        group, isFirst: group.lowerBound == images.lowerBound,
        fetching: upcomingGradients.part(after: group), fillInput: fillInput)
    }
    WinogradWeights(channels: channels)
      .invert(weightGradientMatrices, into: weightGradient.registers)
  }

  /// Correlates a group of images with the transformed weights.
  ///
  /// - Parameters:
  ///   - group: the images; one if it is cut into strips.
  ///   - upcoming: what to fetch meanwhile.
  ///   - fill: gives an image.
  ///   - target: where an image's result goes.
  ///   - transformed: called, unless images are cut into strips, with the position of an image's
  ///     first tile while the image is there.
  ///   - finish: called with each image and its result.
  private func correlate(
    _ group: Range<Int>, fetching upcoming: UpcomingImages.Part,
    fill: (Int) -> FloatView, target: (Int) -> FloatView, transformed: (Int) -> Void,
    finish: (Int, FloatView) -> Void
  ) {
    if blocking.isStriped {
      let image = group.lowerBound
      let result = target(image)
      let filled = fill(image)
      blocking.forEachStrip(of: blocking.forwardRows) { rows, strip, strips in
        let part = upcoming.share(strip..<strip + 1, of: strips)
        transformInput(filled, rows, at: 0, fetching: part.share(Tenths.inputs, of: 10))
        multiply(rows.count * blocking.tilesPerRow, fetching: part.share(Tenths.products, of: 10))
        transformOutput(at: 0, rows, into: result, fetching: part.share(Tenths.outputs, of: 10))
      }
      finish(image, result)
      return
    }
    for (index, image) in group.enumerated() {
      let tile = index * blocking.tilesPerImage
      transformInput(
        fill(image), blocking.allRows, at: tile,
        fetching: upcoming.share(Tenths.inputs, of: 10).share(index..<index + 1, of: group.count))
      transformed(tile)
    }
    multiply(
      group.count * blocking.tilesPerImage, fetching: upcoming.share(Tenths.products, of: 10))
    for (index, image) in group.enumerated() {
      let result = target(image)
      transformOutput(
        at: index * blocking.tilesPerImage, blocking.allRows, into: result,
        fetching: upcoming.share(Tenths.outputs, of: 10).share(index..<index + 1, of: group.count))
      finish(image, result)
    }
  }

  /// Adds a group's gradient of the transformed weights; unless images are cut into strips, their
  /// gradients are already transformed.
  private func accumulateWeightGradient(
    _ group: Range<Int>, isFirst: Bool, fetching upcoming: UpcomingImages.Part,
    fillInput: (Int, FloatView) -> FloatView
  ) {
    if blocking.isStriped {
      let filled = fillInput(group.lowerBound, input)
      blocking.forEachStrip(of: blocking.weightRows) { rows, strip, strips in
        let part = upcoming.share(strip..<strip + 1, of: strips)
        transformInput(filled, rows, at: 0, fetching: part.share(Tenths.inputs, of: 10))
        transformGradient(rows, at: 0)
        accumulate(
          rows.count * blocking.tilesPerRow, isFirst: isFirst && rows.lowerBound == 0,
          fetching: part.share(Tenths.weightGradients, of: 10))
      }
      return
    }
    for (index, image) in group.enumerated() {
      transformInput(
        fillInput(image, input), blocking.allRows, at: index * blocking.tilesPerImage,
        fetching: upcoming.share(Tenths.inputs, of: 10).share(index..<index + 1, of: group.count))
    }
    accumulate(
      group.count * blocking.tilesPerImage, isFirst: isFirst,
      fetching: upcoming.share(Tenths.weightGradients, of: 10))
  }

  private func transformInput(
    _ image: FloatView, _ rows: Range<Int>, at tile: Int, fetching upcoming: UpcomingImages.Part
  ) {
    geometry.runWinograd(
      WinogradInputTransform(
        image: image.registers, zeros: zeros.registers, tileRows: rows, tiles: points(tiles),
        tile: tile, upcoming: upcoming))
  }

  private func transformGradient(_ rows: Range<Int>, at tile: Int) {
    geometry.runWinograd(
      WinogradGradientTransform(
        image: gradient.registers, tileRows: rows, tiles: points(gradientTiles), tile: tile))
  }

  private func transformOutput(
    at tile: Int, _ rows: Range<Int>, into result: FloatView,
    fetching upcoming: UpcomingImages.Part
  ) {
    geometry.runWinograd(
      WinogradOutputTransform(
        products: points(products), tile: tile, tileRows: rows, image: result.registers,
        upcoming: upcoming))
  }

  private func multiply(_ count: Int, fetching upcoming: UpcomingImages.Part) {
    geometry.runWinograd(
      WinogradProducts(
        tiles: points(tiles), count: count, weights: weightMatrices,
        products: points(products), upcoming: upcoming))
  }

  private func accumulate(_ count: Int, isFirst: Bool, fetching upcoming: UpcomingImages.Part) {
    geometry.runWinograd(
      WinogradWeightGradients(
        tiles: points(tiles), gradients: points(gradientTiles), count: count,
        sums: weightGradientMatrices, isFirst: isFirst, upcoming: upcoming))
  }
}

/// Which tenths of what is upcoming are fetched in a stage, about as many as its share of the time.
private enum Tenths {
  static var inputs: Range<Int> { 0..<3 }
  static var products: Range<Int> { 3..<8 }
  static var outputs: Range<Int> { 8..<10 }
  /// Products of weight gradients, which no output transforms follow.
  static var weightGradients: Range<Int> { 3..<10 }
}

/// How many images, or which part of one, are transformed before they are multiplied.
struct WinogradBlocking {
  let tilesPerRow: Int
  let images: Int
  let forwardRows: Int
  let weightRows: Int

  init(side: Int, channels: Int) {
    tilesPerRow = side / 4
    // As many images as make reading the transformed weights worth it.
    images = min(8, max(1, channels * channels / 512))
    let tileRows = side / 4
    // A strip's tiles should fit in the first-level cache.
    let rowBytes = 36 * tilesPerRow * channels * MemoryLayout<Float>.stride
    let fitting = (1...tileRows).last { tileRows % $0 == 0 && $0 * rowBytes <= 40 << 10 } ?? 1
    forwardRows = images > 1 ? tileRows : fitting
    weightRows = tileRows % (2 * forwardRows) == 0 ? 2 * forwardRows : forwardRows
  }

  var allRows: Range<Int> { 0..<tilesPerRow }
  var tilesPerImage: Int { tilesPerRow * tilesPerRow }
  var isStriped: Bool { forwardRows < tilesPerRow }
  var maximumTiles: Int {
    isStriped ? weightRows * tilesPerRow : images * tilesPerImage
  }

  @inline(__always) func forEachGroup(of images: Range<Int>, _ body: (Range<Int>) -> Void) {
    var start = images.lowerBound
    while start < images.upperBound {
      let end = min(start + self.images, images.upperBound)
      body(start..<end)
      start = end
    }
  }

  @inline(__always) func forEachStrip(
    of rows: Int, _ body: (_ rows: Range<Int>, _ strip: Int, _ strips: Int) -> Void
  ) {
    let strips = tilesPerRow / rows
    for strip in 0..<strips { body(strip * rows..<(strip + 1) * rows, strip, strips) }
  }
}
