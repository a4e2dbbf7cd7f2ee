import Tensor

/// Ten classes of shapes and textures, drawn in integer arithmetic from an image's index.
///
/// Position, size and colours vary and noise covers everything, so that mean colours say nothing
/// about the class; each shape is its own mirror image, so that flips keep it. The set is the same
/// whatever a run's seed.
struct SyntheticDataset: ImageSource {
  private enum Shape: String, CaseIterable {
    case disc, ring, square, frame, plus, saltire, triangle, rows, columns, checkerboard

    /// Whether the shape of a radius covers a point relative to its centre.
    func covers(_ x: Int, _ y: Int, radius: Int) -> Bool {
      let (across, down) = (abs(x), abs(y))
      let distance = max(across, down)
      let stripe = max(2, radius / 4)
      switch self {
      case .disc: return x * x + y * y <= radius * radius
      case .ring:
        let square = x * x + y * y
        return square <= radius * radius && 9 * square >= 4 * radius * radius
      case .square: return 8 * distance <= 7 * radius
      case .frame: return distance <= radius && 3 * distance > 2 * radius
      case .plus: return min(across, down) * 4 <= radius && distance <= radius
      case .saltire: return abs(across - down) * 3 <= radius && distance <= radius
      case .triangle: return down <= radius && 2 * across <= y + radius
      case .rows: return distance <= radius && (y + radius) / stripe % 2 == 0
      // Counted from the centre, so that a mirror image has the same stripes.
      case .columns: return distance <= radius && (across + stripe / 2) / stripe % 2 == 0
      case .checkerboard:
        return distance <= radius
          && ((across + stripe / 2) / stripe + (y + radius) / stripe) % 2 == 0
      }
    }
  }

  /// Rows and columns of an image.
  static let side = 32
  static let trainingImages = 50_000
  static let testImages = 10_000
  /// The names of the shapes, in the order of their labels.
  static let classNames = Shape.allCases.map(\.rawValue)

  static let blockImages = 8

  let count: Int
  /// Which of all images, training before test, is the first.
  private let first: Int

  /// Makes the set.
  ///
  /// - Parameter isTestOnly: whether it is the test images alone.
  init(isTestOnly: Bool) {
    count = Self.testImages + (isTestOnly ? 0 : Self.trainingImages)
    first = isTestOnly ? Self.trainingImages : 0
  }

  var labelBytes: Int { 1 }
  var identity: String { "" }

  func check(labels: Bytes) {}

  func forEachBlock(
    of range: Range<Int>,
    _ body: (Int, ArraySlice<UInt8>, ArraySlice<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    let generator = CounterGenerator(seed: 0x5348_4150_4553)
    var pixels = [UInt8](repeating: 0, count: ImageSet.imageBytes(side: Self.side))
    var isCovered = [Bool](repeating: false, count: Self.side * Self.side)
    for place in range {
      let isTest = first + place >= Self.trainingImages
      let index = first + place - (isTest ? Self.trainingImages : 0)
      let label = index % Shape.allCases.count
      let numbers = generator.numbers(stream: isTest ? 1 : 0, index: UInt64(index))
      pixels.withUnsafeMutableBufferPointer {
        Self.draw(Shape.allCases[label], numbers, into: $0, covering: &isCovered)
      }
      try body(place, pixels[...], [UInt8(label)])
    }
  }

  /// Draws an image, and overwrites which places its shape covers.
  private static func draw(
    _ shape: Shape, _ numbers: SIMD4<UInt32>, into pixels: UnsafeMutableBufferPointer<UInt8>,
    covering isCovered: inout [Bool]
  ) {
    let radius = 7 + Int(numbers.x % 6)
    let centerX = radius + Int(numbers.x >> 8) % (side - 2 * radius)
    let centerY = radius + Int(numbers.x >> 16) % (side - 2 * radius)
    for place in isCovered.indices { isCovered[place] = false }
    // No shape is wider or higher than its radius.
    for y in -radius...radius {
      for x in -radius...radius {
        isCovered[(centerY + y) * side + centerX + x] = shape.covers(x, y, radius: radius)
      }
    }
    var noise = UInt64(numbers.z) << 32 | UInt64(numbers.w) | 1
    for channel in 0..<3 {
      let background = 40 + Int(numbers.y >> UInt32(10 * channel)) % 176
      let contrast = 50 + Int(numbers.z >> UInt32(10 * channel)) % 40
      let foreground = background < 128 ? background + contrast : background - contrast
      for place in 0..<side * side {
        // Marsaglia's xorshift: quick, and the same everywhere.
        noise ^= noise << 13
        noise ^= noise >> 7
        noise ^= noise << 17
        let value = (isCovered[place] ? foreground : background) + Int(noise >> 59) - 16
        pixels[channel * side * side + place] = UInt8(max(0, min(255, value)))
      }
    }
  }
}
