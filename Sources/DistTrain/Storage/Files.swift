import Foundation

/// Reading and writing of whole files, with failures that name the path and the reason.
enum Files {
  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - remedy: what to do if it is not there.
  /// - Returns: its bytes.
  /// - Throws: `Failure` of kind missingInput or inputOutput.
  static func read(_ path: String, remedy: String) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 {
      let missing = errno == ENOENT || errno == ENOTDIR
      throw Failure(
        missing ? .missingInput : .inputOutput,
        missing ? "\(path) is not there; \(remedy)" : "cannot open \(path): \(reason())")
    }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 {
      throw Failure(.inputOutput, "cannot read \(path): \(reason())")
    }
    if status.st_mode & S_IFMT != S_IFREG {
      throw Failure(.inputOutput, "cannot read \(path): it is not a regular file")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        Foundation.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
      }
      if got < 0 && errno == EINTR { continue }
      if got <= 0 {
        throw Failure(
          .inputOutput, "cannot read \(path): \(got == 0 ? "it became shorter" : reason())")
      }
      count += got
    }
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

  /// Replaces a file at once: after a crash at any moment either the old or the new one is there.
  ///
  /// A temporary file in the same folder is written and synchronised, renamed, and the folder
  /// synchronised.
  ///
  /// - Throws: `Failure` of kind inputOutput; the old file is then as it was.
  static func replace(_ path: String, with bytes: [UInt8]) throws(Failure) {
    let temporary = "\(path).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw Failure(.inputOutput, "cannot write \(temporary): \(reason())") }
    do throws(Failure) {
      try writeAndClose(bytes, descriptor, temporary)
      if rename(temporary, path) != 0 {
        throw Failure(.inputOutput, "cannot rename \(temporary) to \(path): \(reason())")
      }
    } catch {
      unlink(temporary)
      throw error
    }
    try synchronizeFolder(of: path)
  }

  private static func writeAndClose(
    _ bytes: [UInt8], _ descriptor: CInt, _ path: String
  ) throws(Failure) {
    do throws(Failure) {
      try write(bytes, to: descriptor, path: path)
      if fsync(descriptor) != 0 {
        throw Failure(.inputOutput, "cannot write \(path): \(reason())")
      }
    } catch {
      close(descriptor)
      throw error
    }
    if close(descriptor) != 0 { throw Failure(.inputOutput, "cannot write \(path): \(reason())") }
  }

  private static func synchronizeFolder(of path: String) throws(Failure) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { throw Failure(.inputOutput, "cannot open \(folder): \(reason())") }
    defer { close(descriptor) }
    if fsync(descriptor) != 0 {
      throw Failure(.inputOutput, "cannot synchronise \(folder): \(reason())")
    }
  }

  /// Makes a folder and those above it.
  static func makeFolder(_ path: String) throws(Failure) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw Failure(.inputOutput, "cannot make the folder \(path): \(reason())")
    }
  }

  /// The last error of the system, in words.
  static func reason() -> String {
    let code = errno
    let text = String(cString: strerror(code))
    return code == ENOSPC ? "\(text); free some space and run again with --resume" : text
  }
}
