import CVector

/// The buffers whose images a pass over a layer reads or writes.
///
/// Memory is far away, and what a layer needs of the next image is known while the present one is
/// multiplied: engines fetch it into the second-level cache then. It changes no value. The buffers
/// have to outlive the description, which holds their addresses only.
public struct UpcomingImages {
  private struct Stream {
    let base: VectorPointer
    let vectorsPerImage: Int
    let isWritten: Bool
  }

  private var streams = InlineArray<8, Stream?>(repeating: nil)
  private var count = 0
  private let images: Int

  /// Describes a pass.
  ///
  /// - Parameters:
  ///   - reading: buffers that are read, of as many images each.
  ///   - writing: buffers likewise that are overwritten.
  public init(reading: [ImageBuffer], writing: [ImageBuffer] = []) {
    precondition(
      reading.count + writing.count <= streams.count, "more than \(streams.count) buffers")
    images = (reading + writing).first?.count ?? 0
    for buffer in reading { append(buffer, isWritten: false) }
    for buffer in writing { append(buffer, isWritten: true) }
  }

  private mutating func append(_ buffer: ImageBuffer, isWritten: Bool) {
    precondition(buffer.count == images, "\(buffer.count) of \(images) images")
    streams[count] = Stream(
      base: buffer.elements.vectors, vectorsPerImage: buffer.shape.count / vectorLanes,
      isWritten: isWritten)
    count += 1
  }

  /// Nothing to fetch.
  public static var none: UpcomingImages { UpcomingImages(reading: []) }

  /// A part of what some images need, to be fetched in equal steps.
  struct Part {
    let upcoming: UpcomingImages
    /// The images, those beyond the last one left out.
    let images: Range<Int>
    /// Which of how many parts of each image.
    let index: Int
    let count: Int

    /// Fetches one of `steps` steps of the part.
    @inline(__always) func fetch(step: Int, of steps: Int) {
      if images.isEmpty { return }
      for position in 0..<upcoming.count {
        guard let stream = upcoming.streams[position] else { return }
        let total = images.count * stream.vectorsPerImage / count
        let start = stream.base + images.lowerBound * stream.vectorsPerImage + index * total
        let first = total * step / steps
        let last = total * (step + 1) / steps
        if stream.isWritten {
          for vector in first..<last { cvector_prefetch_for_write(start + vector) }
        } else {
          for vector in first..<last { cvector_prefetch(start + vector) }
        }
      }
    }
  }

  /// What the images after a group need.
  ///
  /// - Parameters:
  ///   - group: the images that are computed now.
  ///   - index: which part of them.
  ///   - count: of how many parts.
  /// - Returns: the same part of as many images after the group.
  func after(_ group: Range<Int>, part index: Int = 0, of count: Int = 1) -> Part {
    let end = min(group.upperBound + group.count, images)
    return Part(
      upcoming: self, images: min(group.upperBound, end)..<end, index: index, count: count)
  }
}
