import CVector

/// The buffers whose images a pass over a layer reads or writes.
///
/// Memory is far away, and what a layer needs of the next images is known while the present ones are
/// computed: engines fetch it into the second-level cache then, little by little, since a core waits
/// for few lines at a time. It changes no value. The buffers have to outlive the description, which
/// holds their addresses only.
public struct UpcomingImages {
  fileprivate struct Stream {
    let address: Int
    let linesPerImage: Int
  }

  /// Owns the streams.
  private let memory: MemoryBlock
  private let streams: UnsafePointer<Stream>
  private let count: Int
  private let images: Int
  private let linesPerImage: Int

  /// Describes what is read and written.
  ///
  /// - Parameter buffers: of as many images each.
  public init(_ buffers: [ImageBuffer]) {
    memory = MemoryBlock(byteCount: buffers.count * MemoryLayout<Stream>.stride)
    let streams = memory.base.bindMemory(to: Stream.self, capacity: max(1, buffers.count))
    images = buffers.first?.count ?? 0
    for (index, buffer) in buffers.enumerated() {
      precondition(buffer.count == images, "\(buffer.count) of \(images) images")
      streams[index] = Stream(
        address: Int(bitPattern: buffer.elements.vectors),
        linesPerImage: buffer.shape.count / vectorLanes)
    }
    self.streams = UnsafePointer(streams)
    count = buffers.count
    linesPerImage = buffers.reduce(0) { $0 + $1.shape.count / vectorLanes }
  }

  /// Nothing to fetch.
  public static var none: UpcomingImages { UpcomingImages([]) }

  /// What some images need.
  ///
  /// - Parameter images: their positions; those beyond the last image are passed over.
  /// - Returns: all of it, for as long as this description is there.
  func part(of images: Range<Int>) -> Part {
    Part(
      streams: streams, count: count, linesPerImage: linesPerImage,
      images: images.clamped(to: 0..<self.images), start: 0, end: Part.whole)
  }

  /// What the images after a group need, as many as it has.
  func part(after group: Range<Int>) -> Part {
    part(of: group.upperBound..<group.upperBound + group.count)
  }

  /// A part of what some images need.
  struct Part {
    /// Shares of a buffer are counted in this many.
    fileprivate static let whole = 1 << 16

    fileprivate let streams: UnsafePointer<Stream>
    fileprivate let count: Int
    fileprivate let linesPerImage: Int
    fileprivate let images: Range<Int>
    /// The share of each buffer's images, in parts of ``whole``.
    fileprivate let start: Int
    fileprivate let end: Int

    /// A share of the part, from one of so many equal ones to before another.
    func share(_ range: Range<Int>, of count: Int) -> Part {
      let width = end - start
      return Part(
        streams: streams, count: self.count, linesPerImage: linesPerImage, images: images,
        start: start + width * range.lowerBound / count,
        end: start + width * range.upperBound / count)
    }

    /// The addresses of a buffer's share: its first line, and after its last.
    @inline(__always) fileprivate func lines(of index: Int) -> (first: Int, end: Int) {
      let stream = streams[index]
      let lines = images.count * stream.linesPerImage
      let base = stream.address + lineBytes * images.lowerBound * stream.linesPerImage
      return (
        base + lineBytes * (lines * start / Part.whole),
        base + lineBytes * (lines * end / Part.whole)
      )
    }
  }

  /// Fetches a part in equal steps.
  struct Fetcher {
    private let part: Part
    private let linesPerStep: Int
    private var stream = 0
    private var next = 0
    private var end = 0

    /// Begins to fetch.
    ///
    /// - Parameters:
    ///   - part: what to fetch.
    ///   - steps: how many steps there will be, if any.
    @inline(__always) init(_ part: Part, steps: Int) {
      self.part = part
      let lines = part.images.count * part.linesPerImage * (part.end - part.start)
      linesPerStep = lines / Part.whole / max(1, steps) + 1
    }

    /// Fetches a step.
    @inline(__always) mutating func fetch() {
      var lines = linesPerStep
      while lines > 0 {
        if next == end {
          if stream == part.count { return }
          (next, end) = part.lines(of: stream)
          stream += 1
          continue
        }
        cvector_prefetch(UnsafeRawPointer(bitPattern: next))
        next += lineBytes
        lines -= 1
      }
    }
  }
}

/// Of a cache line, which is a vector.
private let lineBytes = MemoryLayout<Vector>.stride
