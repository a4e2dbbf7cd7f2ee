import Foundation

/// Folders and names in them.
extension Files {
  /// The folder that a path's last part is in.
  package static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Whether something is there, be it a link that leads nowhere.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Makes a folder and those above it, and has them on the disk.
  ///
  /// - Returns: the folders that were not there before, the innermost first.
  /// - Throws: `Failure` of kind inputOutput.
  @discardableResult
  static func makeFolder(_ path: String) throws(Failure) -> [String] {
    if mkdir(path, 0o777) == 0 {
      try synchronizeFolder(folder(of: path))
      return [path]
    }
    let code = errno
    if code == EEXIST && isFolder(path) { return [] }
    let parent = folder(of: path)
    if code == ENOENT && parent != path && !exists(path) {
      let above = try makeFolder(parent)
      return try makeFolder(path) + above
    }
    errno = code
    let text = code == EEXIST ? "it is not a folder" : reason()
    throw Failure(.inputOutput, "cannot make the folder \(path): \(text)")
  }

  /// Whether a path leads to a folder.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder.
  ///
  /// - Throws: `Failure` of kind inputOutput if it is not there, leads nowhere or cannot be read.
  package static func names(in path: String) throws(Failure) -> [String] {
    guard let folder = opendir(path) else {
      throw Failure(.inputOutput, "cannot read the folder \(path): \(reason())")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// Where a path leads, through links.
  static func destination(of path: String) -> String {
    var result = path
    // As many links as the system itself follows.
    for _ in 0..<40 {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(result, &buffer, buffer.count)
      if count < 0 { return result }
      let link = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      result = link.hasPrefix("/") ? link : "\(folder(of: result))/\(link)"
    }
    return result
  }
}
