import COpenSSL
import Foundation

/// A file that a download grows, kept where it ends too early, and locked while it is in use.
///
/// The lock is on the open file, which the downloading program inherits as its output: it lasts until
/// that has ended too, however this process ends.
final class PartialFile {
  let path: String
  let descriptor: CInt

  private init(_ path: String, _ descriptor: CInt) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Opens a file, which is made if it is not there, and waits for another process that has it.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - notice: told once that another process has it, or that there are no locks.
  ///   - isStopRequested: whether to give up waiting.
  /// - Returns: the file.
  /// - Throws: `Failure` of kind inputOutput, or interrupted.
  static func open(
    _ path: String, notice: (String) -> Void, isStopRequested: () -> Bool
  ) throws(Failure) -> PartialFile {
    var isTold = false
    while true {
      let file = PartialFile(path, try openRegularFile(path))
      if flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 {
        // Another process may have removed or replaced it since it was opened.
        if file.isAtItsPath { return file }
        continue
      }
      switch errno {
      case EWOULDBLOCK:
        if !isTold { notice("another process is downloading \(path); waiting for it") }
        isTold = true
        if isStopRequested() { throw Failure(.interrupted, "stopped by a signal; run again") }
        usleep(200_000)
      case ENOSYS, ENOLCK, ENOTSUP, EINVAL:
        notice("cannot lock \(path): \(systemReason()); see to it that nothing else downloads it")
        return file
      default: throw Failure(.inputOutput, "cannot lock \(path): \(systemReason())")
      }
    }
  }

  private static func openRegularFile(_ path: String) throws(Failure) -> CInt {
    let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK
    let descriptor = Foundation.open(path, flags, 0o666)
    if descriptor < 0 {
      throw Failure(.inputOutput, "cannot write \(path): \(systemReason())")
    }
    var status = stat()
    if fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
      close(descriptor)
      throw Failure(.inputOutput, "cannot write \(path): it is not a regular file; remove it")
    }
    return descriptor
  }

  private var isAtItsPath: Bool {
    var (own, there) = (stat(), stat())
    return fstat(descriptor, &own) == 0 && stat(path, &there) == 0 && own.st_ino == there.st_ino
      && own.st_dev == there.st_dev
  }

  /// The last error of the system, in words.
  private static func systemReason() -> String { String(cString: strerror(errno)) }

  /// Bytes so far.
  var byteCount: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// The first bytes.
  func head(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = pread(descriptor, &bytes, count, 0)
    return Array(bytes.prefix(max(got, 0)))
  }

  /// Begins anew.
  func clear() throws(Failure) {
    if ftruncate(descriptor, 0) != 0 {
      throw Failure(.inputOutput, "cannot empty \(path): \(Self.systemReason())")
    }
  }

  /// Removes the file, while the lock is held.
  func remove() { unlink(path) }

  /// Takes another's place, while both locks are held.
  func replace(_ other: PartialFile) { rename(path, other.path) }

  /// The MD5 of all bytes, in hexadecimal digits.
  ///
  /// - Throws: `Failure` of kind inputOutput, or environment where libcrypto refuses MD5.
  func md5() throws(Failure) -> String {
    guard let digest = MessageDigest(EVP_md5()) else {
      throw Failure(
        .environment, "this libcrypto has no MD5, which the data sets are published with")
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var place = 0
    while true {
      let got = pread(descriptor, &buffer, buffer.count, place)
      if got < 0 && errno == EINTR { continue }
      if got < 0 { throw Failure(.inputOutput, "cannot read \(path): \(Self.systemReason())") }
      if got == 0 { return digest.hexDigest() }
      buffer.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
      place += got
    }
  }
}
