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
    /// First vectors, and how many of them.
    fileprivate var ranges = InlineArray<8, (start: VectorPointer, count: Int)?>(repeating: nil)
    /// The ranges that are read come before those that are written.
    fileprivate var reads = 0
    fileprivate var count = 0

    /// Fetches one of `steps` steps of the part.
    @inline(__always) func fetch(step: Int, of steps: Int) {
      for position in 0..<reads {
        forEachVector(position, step, steps) { cvector_prefetch($0) }
      }
      for position in reads..<count {
        forEachVector(position, step, steps) { cvector_prefetch_for_write($0) }
      }
    }

    @inline(__always) private func forEachVector(
      _ position: Int, _ step: Int, _ steps: Int, _ body: (VectorPointer) -> Void
    ) {
      guard let range = ranges[position] else { return }
      var vector = range.start + range.count * step / steps
      let end = range.start + range.count * (step + 1) / steps
      while vector < end {
        body(vector)
        vector += 1
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
    var part = Part()
    let images = min(group.count, self.images - group.upperBound)
    if images <= 0 { return part }
    for position in 0..<self.count {
      guard let stream = streams[position] else { break }
      let vectors = images * stream.vectorsPerImage / count
      part.ranges[position] = (
        stream.base + group.upperBound * stream.vectorsPerImage + index * vectors, vectors
      )
      if !stream.isWritten { part.reads += 1 }
    }
    part.count = self.count
    return part
  }
}
