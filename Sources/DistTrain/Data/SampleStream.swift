import Tensor

/// One training sample of a minibatch: which image, and how it is cropped and flipped.
package struct Sample: Equatable {
  /// The image's index in the training set.
  package var index = 0
  /// Rows and columns by which the crop is moved from the image's own place, −padding … padding.
  package var cropY = 0
  package var cropX = 0
  /// Whether columns are reversed.
  package var isFlipped = false

  /// Makes a sample.
  package init(index: Int = 0, cropY: Int = 0, cropX: Int = 0, isFlipped: Bool = false) {
    self.index = index
    self.cropY = cropY
    self.cropX = cropX
    self.isFlipped = isFlipped
  }
}

/// Which samples an iteration trains on: a pure function of (seed, iteration, place in the batch).
///
/// Each epoch is one permutation of the training images. A minibatch always has the global batch's
/// samples and may span two epochs, so k iterations are exactly k·batch images. A sample's crop and
/// flip depend on seed, epoch and image alone, never on rank or on what was drawn before.
package final class SampleStream {
  private enum Stream: UInt64 { case order = 1, augmentation = 2 }

  private let images: Int
  private let globalBatch: Int
  private let order: Configuration.Order
  private let augmentation: Configuration.Augmentation
  private let generator: CounterGenerator
  private var permutation: [Int32]
  private var permutationEpoch = -1

  /// Makes the stream of a run.
  ///
  /// - Parameters:
  ///   - images: how many training images there are.
  ///   - configuration: decides seed, batch, order and augmentation.
  package init(images: Int, configuration: Configuration) {
    self.images = images
    globalBatch = configuration.globalBatch
    order = configuration.order
    augmentation = configuration.augmentation
    generator = CounterGenerator(seed: configuration.seed)
    permutation = [Int32](repeating: 0, count: images)
  }

  /// Calls a body with each sample of a part of a minibatch.
  ///
  /// - Parameters:
  ///   - iteration: the iteration, counted from 0.
  ///   - places: places within the global batch.
  ///   - body: called with each place and its sample, in order.
  package func forEachSample(iteration: Int, places: Range<Int>, body: (Int, Sample) -> Void) {
    for place in places {
      let (epoch, position) =
        (iteration * globalBatch + place).quotientAndRemainder(dividingBy: images)
      body(place, augmented(index(epoch: epoch, position: position), epoch: epoch))
    }
  }

  private func index(epoch: Int, position: Int) -> Int {
    if order == .sequential { return position }
    if epoch != permutationEpoch { permute(epoch) }
    return Int(permutation[position])
  }

  /// Fisher and Yates's shuffle with one counter per position.
  ///
  /// A bounded number is the upper half of a 64×64-bit product; its bias is below images/2⁶⁴.
  private func permute(_ epoch: Int) {
    for place in 0..<images { permutation[place] = Int32(place) }
    for place in stride(from: images - 1, to: 0, by: -1) {
      let numbers = generator.numbers(
        stream: Stream.order.rawValue << 56 | UInt64(epoch), index: UInt64(place))
      let bits = UInt64(numbers.x) << 32 | UInt64(numbers.y)
      let other = bits.multipliedFullWidth(by: UInt64(place + 1)).high
      permutation.swapAt(place, Int(other))
    }
    permutationEpoch = epoch
  }

  /// Crop offsets from 32 random bits each, whose bias over nine values is below 3·10⁻⁹.
  private func augmented(_ index: Int, epoch: Int) -> Sample {
    if augmentation == .none { return Sample(index: index) }
    let padding = Configuration.Augmentation.padding
    func offset(_ bits: UInt32) -> Int {
      Int((UInt64(bits) * UInt64(2 * padding + 1)) >> 32) - padding
    }
    let numbers = generator.numbers(
      stream: Stream.augmentation.rawValue << 56 | UInt64(epoch), index: UInt64(index))
    return Sample(
      index: index, cropY: offset(numbers.x), cropX: offset(numbers.y),
      isFlipped: augmentation == .cropFlip && numbers.z >> 31 == 1)
  }
}

extension Configuration.Augmentation {
  /// Zeros on each side of an image before it is cropped, as in section 4.2 of the paper.
  static let padding = 4
}
