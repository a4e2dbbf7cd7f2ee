/// Writes small pictures as PNG (RFC 2083), uncompressed.
enum PNGEncoder {
  /// A picture of 8-bit red, green and blue.
  ///
  /// - Parameters:
  ///   - planes: [3][side][side], as data sets have them.
  ///   - side: rows and columns.
  /// - Returns: the file's bytes.
  static func encode(planes: [UInt8], side: Int) -> [UInt8] {
    precondition(planes.count == 3 * side * side, "\(planes.count) bytes for side \(side)")
    var rows: [UInt8] = []
    for row in 0..<side {
      // No filter.
      rows.append(0)
      for place in row * side..<(row + 1) * side {
        for channel in 0..<3 { rows.append(planes[channel * side * side + place]) }
      }
    }
    let header = bigEndian(side) + bigEndian(side) + [8, 2, 0, 0, 0]
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
      + chunk("IHDR", header) + chunk("IDAT", zlib(rows)) + chunk("IEND", [])
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    return bigEndian(content.count) + body + bigEndian(Int(checksum(body)))
  }

  /// Stored blocks of at most 65,535 bytes each (RFC 1950, RFC 1951).
  private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: bytes.count, by: 65_535) {
      let block = bytes[start..<min(start + 65_535, bytes.count)]
      result.append(block.endIndex == bytes.count ? 1 : 0)
      for number in [block.count, ~block.count] {
        result += [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
      }
      result += block
    }
    var (a, b) = (1, 0)
    for byte in bytes {
      a = (a + Int(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return result + bigEndian(b << 16 | a)
  }

  /// CRC-32.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
    }
    return ~sum
  }
}
