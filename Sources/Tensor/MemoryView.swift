import Glibc

/// A contiguous run of elements in memory that lives as long as any view of it.
///
/// Views are how the package passes activations, weights and gradients around: copying one copies
/// a reference, never elements. The first element of a view from ``Arena`` or ``init(zeros:)`` lies
/// on a 64-byte boundary, as the 16-lane kernels require.
///
/// A view is written by one thread at a time; each rank is a process with one compute thread.
public struct MemoryView<Element: BitwiseCopyable & AdditiveArithmetic>: @unchecked Sendable {
  /// The address of the first element, for kernels and for MPI.
  package let base: UnsafeMutablePointer<Element>
  /// The number of elements.
  public let count: Int
  private let owner: MemoryBlock

  /// Makes a view of its own new memory, filled with zeros.
  ///
  /// - Parameter count: the number of elements.
  public init(zeros count: Int) {
    let block = MemoryBlock(byteCount: count * MemoryLayout<Element>.stride)
    self.init(block: block, byteOffset: 0, count: count)
  }

  /// Makes a view of its own new memory with the given elements.
  ///
  /// - Parameter elements: what the view holds.
  public init(_ elements: [Element]) {
    self.init(zeros: elements.count)
    for (index, element) in elements.enumerated() { base[index] = element }
  }

  init(block: MemoryBlock, byteOffset: Int, count: Int) {
    owner = block
    base = (block.base + byteOffset).bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  private init(base: UnsafeMutablePointer<Element>, count: Int, owner: MemoryBlock) {
    self.base = base
    self.count = count
    self.owner = owner
  }

  /// What keeps the elements' memory, for those that hold on to it while MPI uses it.
  package var memory: AnyObject { owner }

  /// The element at a position.
  ///
  /// - Parameter index: 0 ..< count.
  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index \(index) outside 0..<\(count)")
      return base[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "index \(index) outside 0..<\(count)")
      base[index] = newValue
    }
  }

  /// The view of a part of this view.
  ///
  /// - Parameter range: positions within 0 ... count.
  public subscript(range: Range<Int>) -> MemoryView {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "range \(range) outside 0..<\(count)")
    return MemoryView(base: base + range.lowerBound, count: range.count, owner: owner)
  }

  /// A row of this view taken as a table.
  ///
  /// - Parameters:
  ///   - index: which row.
  ///   - width: the elements of each.
  /// - Returns: the view of the row.
  public func row(_ index: Int, width: Int) -> MemoryView {
    self[index * width..<(index + 1) * width]
  }

  /// The elements, copied out.
  public var array: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// Sets every element to one value.
  ///
  /// - Parameter value: the value.
  public func fill(with value: Element) { base.update(repeating: value, count: count) }

  /// Copies all elements of another view of the same count.
  ///
  /// - Parameter other: the source; may not overlap this view.
  public func copy(from other: MemoryView) {
    precondition(other.count == count, "\(other.count) elements copied to \(count)")
    base.update(from: other.base, count: count)
  }
}

/// A view of single-precision elements.
public typealias FloatView = MemoryView<Float>
/// A view of double-precision elements.
public typealias DoubleView = MemoryView<Double>

/// Zeroed memory on a cache-line boundary, freed with its last reference.
///
/// A large block comes from the kernel, which zeroes pages when they are first used, and is asked for
/// in pages of 2 MB: a network's hundred megabytes in small ones take the time of a step to make.
final class MemoryBlock {
  /// From this size on, a block comes from the kernel.
  private static let largeBytes = 1 << 22

  let base: UnsafeMutableRawPointer
  package let byteCount: Int
  private let isMapped: Bool

  init(byteCount: Int) {
    self.byteCount = byteCount
    isMapped = byteCount >= Self.largeBytes
    if isMapped {
      let address = mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      guard let address, address != MAP_FAILED else {
        preconditionFailure("cannot take \(byteCount) bytes of memory")
      }
      // Advice only: where the kernel has no large pages, it gives small ones.
      madvise(address, byteCount, MADV_HUGEPAGE)
      base = address
    } else {
      base = .allocate(byteCount: max(byteCount, 64), alignment: 64)
      base.initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount, 64))
    }
  }

  deinit {
    if isMapped { munmap(base, byteCount) } else { base.deallocate() }
  }
}

/// Hands out views of zeroed memory from a few large blocks, before the first step.
///
/// Every buffer of a network comes from one arena, so that a step allocates nothing. Consecutive
/// views start at different offsets within a page, so that walking several of them at once does
/// not collide in one cache set.
public final class Arena {
  private var block = MemoryBlock(byteCount: 0)
  private var plan = ArenaPlan()
  /// The bytes of all blocks so far.
  public var reservedBytes: Int { plan.reservedBytes }
  /// The bytes handed out so far, with what keeps them apart.
  public var takenBytes: Int { plan.takenBytes }

  /// Makes an empty arena.
  public init() {}

  /// Takes zeroed elements.
  ///
  /// - Parameter count: the number of elements.
  /// - Returns: a view that starts on a 64-byte boundary.
  public func take<Element>(_ count: Int) -> MemoryView<Element> {
    let (offset, newBlock) = plan.place(bytes: count * MemoryLayout<Element>.stride)
    if let newBlock { block = MemoryBlock(byteCount: newBlock) }
    return MemoryView(block: block, byteOffset: offset, count: count)
  }
}
