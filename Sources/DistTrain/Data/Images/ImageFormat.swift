/// A format of raster images that is read, told by a file's first bytes and never by its name.
package enum ImageFormat: String, CaseIterable {
  case png, jpeg, gif, bmp, tiff, webp, pnm

  /// The format of a file's content; nil for any other.
  ///
  /// - Parameter bytes: the file, or its beginning.
  package init?(of bytes: [UInt8]) {
    func begins(_ magic: String, at place: Int = 0) -> Bool {
      bytes.dropFirst(place).prefix(magic.unicodeScalars.count)
        .elementsEqual(magic.unicodeScalars.map { UInt8($0.value) })
    }
    if begins("\u{89}PNG\r\n\u{1a}\n") {
      self = .png
    } else if begins("\u{ff}\u{d8}\u{ff}") {
      self = .jpeg
    } else if begins("GIF87a") || begins("GIF89a") {
      self = .gif
    } else if begins("BM") {
      self = .bmp
    } else if begins("II*\0") || begins("MM\0*") {
      self = .tiff
    } else if begins("RIFF") && begins("WEBP", at: 8) {
      self = .webp
    } else if bytes.count > 2, begins("P"),
      (UInt8(ascii: "1")...UInt8(ascii: "7")).contains(bytes[1]),
      [0x09, 0x0a, 0x0d, 0x20, 0x23].contains(bytes[2])
    {
      self = .pnm
    } else {
      return nil
    }
  }

  /// All formats, for people.
  static let names = "PNG, JPEG, GIF, BMP, TIFF, WebP and PNM"
}
