import Foundation

/// Reading and writing of whole files, with failures that name the path and the reason.
///
/// Paths go to the system as they are: a name may begin with a tilde or hold any character.
package enum Files {
  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - remedy: what to do if it is not there.
  /// - Returns: its bytes.
  /// - Throws: `Failure` of kind missingInput or inputOutput.
  package static func read(_ path: String, remedy: String) throws(Failure) -> [UInt8] {
    let file = try InputFile(path, remedy: remedy)
    var bytes = [UInt8](repeating: 0, count: file.byteCount)
    try file.read(into: &bytes, count: bytes.count, at: 0)
    return bytes
  }

  /// Writes all bytes to an open file.
  ///
  /// - Throws: `Failure` of kind inputOutput, for example where the disk is full.
  static func write(_ bytes: [UInt8], to descriptor: CInt, path: String) throws(Failure) {
    var count = 0
    while count < bytes.count {
      let written = bytes.withUnsafeBytes { buffer in
        Foundation.write(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
      }
      if written < 0 && errno == EINTR { continue }
      if written < 0 { throw Failure(.inputOutput, "cannot write \(path): \(reason())") }
      count += written
    }
  }

  /// Appends a line to a file, which is made if it is not there.
  ///
  /// - Throws: `Failure` of kind inputOutput.
  package static func append(_ line: String, to path: String) throws(Failure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw Failure(.inputOutput, "cannot open \(path): \(reason())") }
    defer { close(descriptor) }
    try write(Array(line.utf8), to: descriptor, path: path)
  }

  /// Replaces a file at once: after a crash at any moment either the old or the new one is there.
  ///
  /// A temporary file in the same folder is written and synchronised, renamed, and the folder
  /// synchronised. Where the path is a link, the file that it leads to is replaced. What is there and
  /// no regular file, as a pipe or a device, is written to.
  ///
  /// - Throws: `Failure` of kind inputOutput; the old file is then as it was, unless only the
  ///   synchronisation of the folder failed.
  package static func replace(_ path: String, with bytes: [UInt8]) throws(Failure) {
    guard isAbsentOrRegular(path) else {
      let descriptor = try openForWriting(path, O_WRONLY)
      defer { close(descriptor) }
      return try write(bytes, to: descriptor, path: path)
    }
    let target = destination(of: path)
    let temporary = target + temporarySuffix
    let descriptor = try openForWriting(temporary, O_WRONLY | O_CREAT | O_TRUNC)
    do throws(Failure) {
      try writeAndClose(bytes, descriptor, temporary)
      if rename(temporary, target) != 0 {
        throw Failure(.inputOutput, "cannot rename \(temporary) to \(target): \(reason())")
      }
    } catch {
      unlink(temporary)
      throw error
    }
    try synchronizeFolder(folder(of: target))
  }

  /// What ``replace(_:with:)`` adds to a name while it writes.
  static let temporarySuffix = ".tmp"

  private static func isAbsentOrRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
  }

  private static func openForWriting(_ path: String, _ flags: CInt) throws(Failure) -> CInt {
    let descriptor = open(path, flags | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw Failure(.inputOutput, "cannot write \(path): \(reason())") }
    return descriptor
  }

  private static func writeAndClose(
    _ bytes: [UInt8], _ descriptor: CInt, _ path: String
  ) throws(Failure) {
    do throws(Failure) {
      try write(bytes, to: descriptor, path: path)
      try synchronize(descriptor, path: path)
    } catch {
      close(descriptor)
      throw error
    }
    if close(descriptor) != 0 { throw Failure(.inputOutput, "cannot write \(path): \(reason())") }
  }

  /// Waits until what was written to a file is on the disk.
  static func synchronize(_ descriptor: CInt, path: String) throws(Failure) {
    if fsync(descriptor) != 0 {
      throw Failure(.inputOutput, "cannot write \(path): \(reason())")
    }
  }

  /// Waits until a folder's entries are on the disk, as far as its file system can say.
  static func synchronizeFolder(_ path: String) throws(Failure) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // A folder may allow writing without reading.
    if descriptor < 0 && errno == EACCES { return }
    if descriptor < 0 { throw Failure(.inputOutput, "cannot open \(path): \(reason())") }
    defer { close(descriptor) }
    if fsync(descriptor) != 0 && ![EINVAL, ENOTSUP, ENOSYS].contains(errno) {
      throw Failure(.inputOutput, "cannot synchronise \(path): \(reason())")
    }
  }

  /// The last error of the system, in words.
  package static func reason() -> String {
    let code = errno
    let text = String(cString: strerror(code))
    switch code {
    case ENOSPC, EDQUOT: return "\(text); free some space and run again, a training with --resume"
    case EFBIG: return "\(text); raise ulimit -f and run again, a training with --resume"
    default: return text
    }
  }
}
