import Foundation

/// Does once in a folder what a run does all along, with a file that is removed again.
package struct FolderTrial {
  /// What a lock did.
  package enum Lock: Equatable, Sendable {
    /// It kept others out.
    case held
    /// Another had it at the same time.
    case empty
    /// There are none, for a reason of the system.
    case missing(String)
  }

  private let path: String
  private let descriptor: CInt

  /// Makes a file.
  ///
  /// - Parameter folder: where.
  /// - Throws: `Failure` of kind inputOutput.
  init(in folder: String) throws(Failure) {
    path = "\(folder)/.disttrain-doctor-\(getpid())"
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw Failure(.inputOutput, "cannot make \(path): \(Self.reason())") }
  }

  /// Locks the file, and tries to lock it once more.
  ///
  /// - Returns: what happened.
  /// - Throws: `Failure` of kind inputOutput where a training would not go on either.
  func lock() throws(Failure) -> Lock {
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      let reason = Self.reason()
      if [ENOSYS, ENOLCK, ENOTSUP, EINVAL].contains(code) { return .missing(reason) }
      throw Failure(.inputOutput, "cannot lock \(path): \(reason)")
    }
    let other = open(path, O_RDWR | O_CLOEXEC)
    if other < 0 { throw Failure(.inputOutput, "cannot open \(path): \(Self.reason())") }
    defer { close(other) }
    return flock(other, LOCK_EX | LOCK_NB) == 0 ? .empty : .held
  }

  /// Replaces the file by one that is on the disk.
  ///
  /// - Throws: `Failure` of kind inputOutput.
  func write() throws(Failure) { try Files.replace(path, with: [UInt8](repeating: 1, count: 4096)) }

  /// Removes the file.
  func remove() {
    close(descriptor)
    unlink(path)
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}
