/// An image of any size, as a decoder gives it.
package struct PixelImage: Equatable {
  /// Columns and rows.
  let width: Int
  let height: Int
  /// [height][width][3], red, green and blue.
  package let pixels: [UInt8]

  /// Makes an image.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && pixels.count == 3 * width * height,
      "\(pixels.count) bytes of \(width)×\(height) pixels")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The largest square in the middle, of the side that a network takes.
  ///
  /// Each pixel becomes the mean of the area that it covers, rounded once; a square of that side is
  /// as it was. Where a side is odd, the square is nearer to the first column or row.
  ///
  /// - Parameter side: rows and columns.
  /// - Returns: [3][side][side]: red, green and blue planes.
  package func planes(side: Int) -> [UInt8] {
    let square = min(width, height)
    let (left, top) = ((width - square) / 2, (height - square) / 2)
    let spans = (0..<side).map { AreaSpan(of: $0, side: side, square: square) }
    var planes = [UInt8](repeating: 0, count: 3 * side * side)
    // Sums of a row of targets over one row of the image.
    var row = [Int](repeating: 0, count: 3 * side)
    for (y, vertical) in spans.enumerated() {
      var sums = [Int](repeating: 0, count: 3 * side)
      for (line, height) in vertical.parts {
        sumRow(top + line, left, spans, into: &row)
        for place in sums.indices { sums[place] += height * row[place] }
      }
      for x in 0..<side {
        for channel in 0..<3 {
          let mean = (sums[3 * x + channel] + square * square / 2) / (square * square)
          planes[(channel * side + y) * side + x] = UInt8(mean)
        }
      }
    }
    return planes
  }

  private func sumRow(_ line: Int, _ left: Int, _ spans: [AreaSpan], into row: inout [Int]) {
    pixels.withUnsafeBufferPointer { pixels in
      for (x, span) in spans.enumerated() {
        var (red, green, blue) = (0, 0, 0)
        for (column, width) in span.parts {
          let place = 3 * (line * self.width + left + column)
          red += width * Int(pixels[place])
          green += width * Int(pixels[place + 1])
          blue += width * Int(pixels[place + 2])
        }
        row[3 * x] = red
        row[3 * x + 1] = green
        row[3 * x + 2] = blue
      }
    }
  }
}

/// Which pixels of a row a resized pixel covers, and how much of each.
///
/// A pixel is `side` units wide before and `square` units after, so all parts are whole numbers.
private struct AreaSpan {
  /// Places, and units of each; these add up to `square`.
  let parts: [(place: Int, width: Int)]

  init(of target: Int, side: Int, square: Int) {
    let (begin, end) = (target * square, (target + 1) * square)
    parts = (begin / side...(end - 1) / side).map { place in
      (place, min(end, (place + 1) * side) - max(begin, place * side))
    }
  }
}
