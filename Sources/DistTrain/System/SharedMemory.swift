import CLinux
import Foundation

/// Memory that is written once and then only read, by one process or by several of a host.
///
/// Several processes have it as a file without a name, which the kernel keeps in memory and which
/// lives as long as one of them has it. Its size is fixed and, once it is written, so is its
/// content: no mapping of it can fail or change later, as one of a file on a disk would. Where the
/// kernel or `ulimit -f` does not give such files, a process has its own memory.
package final class SharedMemory: @unchecked Sendable {
  /// Where another process of the host finds the memory.
  package struct Offer: Codable, Sendable {
    let process: Int32
    package let descriptor: CInt
    /// What the file is known by, as the process may be another one in another container.
    let device: UInt
    let inode: UInt

    /// The offer with another place, for tests.
    package func moved(toProcess process: Int32? = nil, descriptor: CInt? = nil) -> Offer {
      Offer(
        process: process ?? self.process, descriptor: descriptor ?? self.descriptor,
        device: device, inode: inode)
    }
  }

  /// How many bytes there are.
  package let byteCount: Int
  /// The file; nil for a process's own memory.
  private let descriptor: CInt?
  /// The bytes: from the first writing on in a process's own memory, else from ``map()`` on.
  private var base: UnsafeMutableRawPointer?

  /// Makes memory of zeros, which takes none until it is written.
  ///
  /// - Parameters:
  ///   - byteCount: how many bytes, above 0.
  ///   - isShared: whether other processes are to have it.
  package init(byteCount: Int, isShared: Bool) {
    self.byteCount = byteCount
    descriptor = isShared ? Self.makeFile(byteCount) : nil
  }

  /// Takes part in another process's memory; nil where it cannot be reached.
  ///
  /// - Parameters:
  ///   - offer: where it is.
  ///   - byteCount: how many bytes it has.
  package init?(_ offer: Offer, byteCount: Int) {
    let file = open("/proc/\(offer.process)/fd/\(offer.descriptor)", O_RDWR | O_CLOEXEC)
    if file < 0 { return nil }
    self.byteCount = byteCount
    descriptor = file
    if let own = self.offer, (own.device, own.inode) == (offer.device, offer.inode) { return }
    return nil
  }

  deinit {
    if let base { munmap(base, byteCount) }
    if let descriptor { close(descriptor) }
  }

  private static func makeFile(_ byteCount: Int) -> CInt? {
    // A larger file would raise a signal.
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0,
      limit.rlim_cur >= UInt(byteCount)
    else { return nil }
    let file = clinux_create_memory("images")
    if file < 0 { return nil }
    guard ftruncate(file, byteCount) == 0, clinux_seal_size(file) == 0 else {
      close(file)
      return nil
    }
    return file
  }

  /// What other processes need to take part; nil for a process's own memory.
  package var offer: Offer? {
    var status = stat()
    guard let descriptor, fstat(descriptor, &status) == 0 else { return nil }
    return Offer(
      process: getpid(), descriptor: descriptor, device: UInt(status.st_dev),
      inode: UInt(status.st_ino))
  }

  /// Writes bytes.
  ///
  /// - Parameters:
  ///   - bytes: what to write.
  ///   - offset: where.
  /// - Throws: `Failure` of kind environment if there is no memory.
  package func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(Failure) {
    precondition(
      offset >= 0 && offset + bytes.count <= byteCount, "\(bytes.count) bytes at \(offset)")
    if descriptor == nil && base == nil { base = try mapping() }
    bytes.withUnsafeBytes { source in
      if descriptor == nil, let base {
        UnsafeMutableRawBufferPointer(start: base + offset, count: source.count)
          .copyMemory(from: source)
      }
    }
    guard let descriptor else { return }
    var count = 0
    while count < bytes.count {
      let written = bytes.withUnsafeBytes { source in
        pwrite(
          descriptor, source.baseAddress.map { $0 + count }, source.count - count, offset + count)
      }
      if written < 0 && errno == EINTR { continue }
      if written < 0 { throw noMemory }
      count += written
    }
  }

  /// Makes the content unchangeable for all processes, once all of them have written.
  package func seal() {
    if let descriptor { _ = clinux_seal_content(descriptor) }
  }

  /// Makes the bytes readable, once all processes have written.
  ///
  /// - Throws: `Failure` of kind environment if there is no address space.
  package func map() throws(Failure) {
    if base == nil { base = try mapping() }
    if descriptor == nil, let base { mprotect(base, byteCount, PROT_READ) }
  }

  /// The bytes, which are there from ``map()`` on.
  var bytes: UnsafeRawBufferPointer {
    guard let base else { preconditionFailure("memory is read before it is mapped") }
    return UnsafeRawBufferPointer(start: base, count: byteCount)
  }

  /// Maps the file, whose pages all processes have in common as long as none writes, or own memory.
  private func mapping() throws(Failure) -> UnsafeMutableRawPointer {
    let address =
      if let descriptor {
        // Now, as page by page it would take several times as long.
        mmap(nil, byteCount, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0)
      } else {
        mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      }
    guard let address, address != MAP_FAILED else { throw noMemory }
    // Large pages, which are quicker to make, where the kernel has them.
    if descriptor == nil { madvise(address, byteCount, MADV_HUGEPAGE) }
    return address
  }

  private var noMemory: Failure {
    Failure(
      .environment,
      "cannot take \(byteCount) bytes of memory for images: \(String(cString: strerror(errno)))")
  }
}

/// Bytes that are only read: an array's, or a part of memory that ranks of a host have in common.
public struct Bytes: RandomAccessCollection, Sendable {
  private enum Storage {
    case array([UInt8])
    case memory(SharedMemory, start: Int)
  }

  private let storage: Storage
  /// One more than the last position; the first is 0.
  public let endIndex: Int

  /// Makes bytes of an array's, without copying them.
  ///
  /// - Parameter array: the bytes.
  public init(_ array: [UInt8]) {
    storage = .array(array)
    endIndex = array.count
  }

  /// Makes bytes of a part of memory that is mapped.
  package init(_ memory: SharedMemory, _ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= memory.bytes.count,
      "\(range) of \(memory.bytes.count) bytes")
    storage = .memory(memory, start: range.lowerBound)
    endIndex = range.count
  }

  /// The first position.
  public var startIndex: Int { 0 }

  /// The byte at a position.
  ///
  /// - Parameter position: 0 ..< count.
  public subscript(position: Int) -> UInt8 {
    withUnsafeBufferPointer { buffer in
      precondition(
        position >= 0 && position < buffer.count, "\(position) outside 0..<\(buffer.count)")
      return buffer[position]
    }
  }

  /// Calls a body with all bytes, in one piece.
  public func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) rethrows -> Result? {
    try withUnsafeBufferPointer(body)
  }

  /// Calls a body with all bytes, in one piece.
  func withUnsafeBufferPointer<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) rethrows -> Result {
    switch storage {
    case .array(let array): return try array.withUnsafeBufferPointer(body)
    case .memory(let memory, let start):
      return try withExtendedLifetime(memory) {
        try UnsafeRawBufferPointer(rebasing: memory.bytes[start..<start + endIndex])
          .withMemoryRebound(to: UInt8.self, body)
      }
    }
  }
}
