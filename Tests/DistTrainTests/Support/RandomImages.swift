import Tensor

import DistTrain

extension ImageSet {
  /// Images of random bytes, brighter from image to image, so that means over other counts differ.
  static func random(count: Int, side: Int = 32, seed: UInt64 = 1) -> ImageSet {
    let generator = CounterGenerator(seed: seed)
    let imageBytes = 3 * side * side
    let pixels = (0..<count * imageBytes).map { place in
      let limit = UInt32(128 + 128 * (place / imageBytes) / count)
      return UInt8(generator.numbers(stream: 0, index: UInt64(place)).x % limit)
    }
    return ImageSet(
      pixels: Bytes(pixels), labels: (0..<count).map { UInt8($0 % 10) }, coarseLabels: [],
      side: side)
  }

  /// A byte by its place in words.
  func byte(image: Int, channel: Int, row: Int, column: Int) -> UInt8 {
    pixels[((image * 3 + channel) * side + row) * side + column]
  }
}
