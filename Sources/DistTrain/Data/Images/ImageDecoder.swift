import Foundation

/// Decodes image files with ImageMagick.
///
/// It reads them from its standard input, in a format that we name and within limits that we set: no
/// name of a file reaches it, which it could take for an instruction, and no format that runs
/// programs or reads other files.
package struct ImageDecoder {
  /// A larger file is not read.
  private static let largestFile = 256_000_000
  /// A larger image is not decoded: 16,384 rows or columns, and some 80 million pixels.
  private static let limits = [
    "width": "16384", "height": "16384", "memory": "640MiB", "map": "640MiB", "disk": "640MiB",
    "thread": "1", "time": "60",
  ]
  /// What ImageMagick says, as a warning, of an image of which a part is missing.
  private static let signsOfDamage = ["premature end", "corrupt", "truncat", "unexpected end"]

  private let magick: ExternalProgram

  /// Where ImageMagick is.
  var programPath: String { magick.path }

  /// Finds ImageMagick, of whichever version.
  ///
  /// - Throws: `Failure` of kind environment where it is not installed.
  package init() throws(Failure) {
    magick = try ExternalProgram(
      ["magick", "convert"], purpose: "decodes images", package: "imagemagick"
    ) { program in
      // Other programs are called convert too.
      let version = try? program.run(["-version"], timeout: 20)
      return version.map { String(decoding: $0.output, as: UTF8.self).contains("ImageMagick") }
        ?? false
    }
  }

  /// Decodes a file's first image.
  ///
  /// It is turned upright as its metadata say, converted to sRGB and 8 bits, and put on white where
  /// it is transparent.
  ///
  /// - Parameter path: the file.
  /// - Returns: the image.
  /// - Throws: `Failure` of kind missingInput or inputOutput, or data for what is no image.
  package func decode(_ path: String) throws(Failure) -> PixelImage {
    let bytes = try read(path)
    guard let format = ImageFormat(of: bytes) else {
      let what =
        bytes.isEmpty
        ? "is empty" : ForeignFile.description(bytes) ?? "is no image of a format that is read"
      throw Failure(.data, "\(path) \(what); give \(ImageFormat.names) files")
    }
    let limits = Self.limits.sorted { $0.key < $1.key }.flatMap { ["-limit", $0.key, $0.value] }
    let result: ExternalProgram.Result
    do throws(Failure) {
      result = try magick.run(
        limits + [
          "\(format.rawValue):-[0]", "-auto-orient", "-colorspace", "sRGB", "-background", "white",
          "-alpha", "remove", "-alpha", "off", "-type", "TrueColor", "-depth", "8", "ppm:-",
        ], input: bytes, environment: ["LC_ALL": "C"], timeout: 90)
    } catch  where error.kind == .internal {
      throw Failure(.data, "\(path) takes longer than a minute to decode; give a smaller image")
    }
    let isDamaged = Self.signsOfDamage.contains(where: result.errors.lowercased().contains)
    guard result.status == 0, !isDamaged, let image = PixelImage(ppm: result.output) else {
      let line = result.errors.split(whereSeparator: \.isNewline).first ?? "nothing"
      throw Failure(
        .data,
        "\(path) is no sound \(format.rawValue.uppercased()) image, or too large; \(magick.name) "
          + "says: \(line)")
    }
    return image
  }

  private func read(_ path: String) throws(Failure) -> [UInt8] {
    let remedy = "give the paths of images"
    if Files.isFolder(path) {
      throw Failure(.data, "\(path) is a folder, not an image; \(remedy)")
    }
    let file = try InputFile(path, remedy: remedy)
    if file.byteCount > Self.largestFile {
      throw Failure(
        .data,
        "\(path) has \(file.byteCount) bytes, more than the \(Self.largestFile) that are read of an "
          + "image; give a smaller one")
    }
    return try Files.read(path, remedy: remedy)
  }
}

extension PixelImage {
  /// Reads a binary PPM of 8 bits: `P6`, columns, rows and `255`, a space after each, and the pixels.
  ///
  /// - Parameter bytes: the file, without comments.
  package init?(ppm bytes: [UInt8]) {
    var rest = bytes[...]
    func word() -> String {
      let word = rest.prefix { $0 > 0x20 }
      rest = rest.dropFirst(word.count + 1)
      return String(decoding: word, as: UTF8.self)
    }
    guard word() == "P6", let width = Int(word()), let height = Int(word()), word() == "255",
      width > 0, height > 0, width <= 1 << 20, height <= 1 << 20,
      rest.count == 3 * width * height
    else { return nil }
    self.init(width: width, height: height, pixels: Array(rest))
  }
}
