import Foundation

/// The file system that a path is on.
package struct FileSystem {
  /// The kernel's name of its kind: `ext4`, `nfs4`; nil where it is not known.
  package let kind: String?
  /// Bytes that this user may still write; nil where that is not known.
  package let freeBytes: Int?
  /// Bytes of all of it; nil where that is not known.
  package let bytes: Int?

  /// Asks the kernel.
  ///
  /// - Parameter path: a file or folder that is there.
  package init(of path: String) {
    var statistics = statvfs()
    let isKnown = statvfs(path, &statistics) == 0
    let unit = Int(statistics.f_frsize)
    freeBytes = isKnown ? Int(statistics.f_bavail) * unit : nil
    bytes = isKnown ? Int(statistics.f_blocks) * unit : nil
    let absolute = realpath(path, nil).map { pointer in
      defer { free(pointer) }
      return String(cString: pointer)
    }
    kind = Self.kind(
      of: absolute ?? path, mounts: SystemFiles(root: "").text("/proc/self/mountinfo") ?? "")
  }

  /// The kind of the file system that a path is on.
  ///
  /// - Parameters:
  ///   - path: an absolute path without links.
  ///   - mounts: the text of `/proc/self/mountinfo`.
  /// - Returns: the kernel's name; nil where no mount has the path.
  package static func kind(of path: String, mounts: String) -> String? {
    var best: (length: Int, kind: String)?
    for line in mounts.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 4, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else {
        continue
      }
      let place = words[4].replacing("\\040", with: " ")
      let isAbove = place == "/" || path == place || path.hasPrefix("\(place)/")
      // Of mounts on one place the last covers the others.
      if isAbove && place.utf8.count >= best?.length ?? 0 {
        best = (place.utf8.count, String(words[dash + 1]))
      }
    }
    return best?.kind
  }
}
