import Foundation

/// A regular file that is open to be read.
final class InputFile {
  /// Its path, for messages.
  let path: String
  /// Its size when it was opened.
  let byteCount: Int
  private let descriptor: CInt

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - remedy: what to do if it is not there.
  /// - Throws: `Failure` of kind missingInput or inputOutput.
  init(_ path: String, remedy: @autoclosure () -> String) throws(Failure) {
    // A pipe without a writer would block.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 {
      let missing = errno == ENOENT || errno == ENOTDIR
      throw Failure(
        missing ? .missingInput : .inputOutput,
        missing ? "\(path) is not there; \(remedy())" : "cannot open \(path): \(Files.reason())")
    }
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    if !isKnown || status.st_mode & S_IFMT != S_IFREG {
      let reason = isKnown ? "it is not a regular file" : Files.reason()
      close(descriptor)
      throw Failure(.inputOutput, "cannot read \(path): \(reason)")
    }
    self.path = path
    self.descriptor = descriptor
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Names the file at a path as it is now, for processes of a host to compare.
  ///
  /// - Parameter path: where it is, or may be.
  /// - Returns: the same for paths that lead to the same file; the path itself where it leads to none.
  static func identity(of path: String) -> String {
    var status = stat()
    if stat(path, &status) != 0 { return path }
    return "\(status.st_dev):\(status.st_ino) of \(status.st_size) bytes at "
      + "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }

  /// Reads a part.
  ///
  /// - Parameters:
  ///   - bytes: receives it in front.
  ///   - count: how many bytes.
  ///   - offset: where they begin in the file.
  /// - Throws: `Failure` of kind inputOutput, also if the file ends before.
  func read(into bytes: inout [UInt8], count: Int, at offset: Int) throws(Failure) {
    precondition(count <= bytes.count, "\(count) bytes read into \(bytes.count)")
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, offset + done)
      }
      if got < 0 && errno == EINTR { continue }
      if got <= 0 {
        throw Failure(
          .inputOutput, "cannot read \(path): \(got == 0 ? "it became shorter" : Files.reason())")
      }
      done += got
    }
  }
}
