/// What people give as weights that is no safetensors file, told by its first bytes.
package enum ForeignFile {
  /// What a file is instead, and what to do; nil where nothing is known of it.
  ///
  /// - Parameter bytes: a file that is not a sound safetensors file.
  /// - Returns: the end of a sentence that begins with the file's name.
  package static func description(_ bytes: [UInt8]) -> String? {
    let convert =
      "convert it in Python with safetensors.torch.save_file(torch.load(…, weights_only=True), …)"
    let start = String(decoding: bytes.prefix(512), as: UTF8.self)
    if start.hasPrefix("version https://git-lfs") {
      return "is a Git LFS pointer, not the file itself; fetch it with git lfs pull"
    }
    if isWebPage(start) {
      return "is a web page; download the file itself, as from a page's \"raw\" link"
    }
    if bytes.starts(with: [0x50, 0x4b, 3, 4]) {
      return "is a zip archive, such as torch.save writes; \(convert)"
    }
    if bytes.count > 1 && bytes[0] == 0x80 && (2...5).contains(bytes[1]) {
      return "is a Python pickle, such as torch.save writes; \(convert)"
    }
    if bytes.starts(with: [0x1f, 0x8b]) { return "is compressed by gzip; unpack it first" }
    if bytes.count > 262 && bytes[257..<262].elementsEqual("ustar".utf8) {
      return "is a tar archive; unpack it first"
    }
    return nil
  }

  private static func isWebPage(_ start: String) -> Bool {
    let text = start.drop { $0.isWhitespace || $0 == "\u{feff}" }.lowercased()
    return ["<!doctype html", "<html", "<!--", "<?xml", "<head"].contains { text.hasPrefix($0) }
  }
}
