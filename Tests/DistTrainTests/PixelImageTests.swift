import Testing

import DistTrain

@Suite struct PixelImageTests {
  /// An image whose channels are functions of place.
  private func image(
    _ width: Int, _ height: Int, _ value: (_ x: Int, _ y: Int, _ channel: Int) -> Int
  ) -> PixelImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 { pixels.append(UInt8(value(x, y, channel))) }
      }
    }
    return PixelImage(width: width, height: height, pixels: pixels)
  }

  private func value(_ x: Int, _ y: Int, _ channel: Int) -> Int {
    (x * 37 + y * 91 + channel * 53 + x * y) % 256
  }

  /// The mean over an area, by integrals in double precision.
  private func mean(
    _ square: Int, _ left: Int, _ top: Int, side: Int, x: Int, y: Int, channel: Int
  ) -> Double {
    let scale = Double(square) / Double(side)
    func overlap(_ place: Int, _ target: Int) -> Double {
      max(
        0,
        min(Double(place + 1), Double(target + 1) * scale)
          - max(Double(place), Double(target) * scale))
    }
    var sum = 0.0
    for row in 0..<square {
      for column in 0..<square {
        sum +=
          overlap(column, x) * overlap(row, y)
          * Double(value(left + column, top + row, channel))
      }
    }
    return sum / (scale * scale)
  }

  @Test(arguments: ["", "P6", "P6 ", "P6\n2 2", "P6\n2 2\n255", "P6\n2 2\n255\n12345678901"])
  func whatADecoderCutsIsNoImage(text: String) {
    #expect(PixelImage(ppm: Array(text.utf8)) == nil)
  }

  @Test func aDecodersPixelsAreAsTheyWere() {
    #expect(
      PixelImage(ppm: Array("P6\n2 1\n255\n123456".utf8))
        == PixelImage(width: 2, height: 1, pixels: Array("123456".utf8)))
  }

  @Test func anImageOfTheSideIsUntouched() {
    let planes = image(32, 32, value).planes(side: 32)
    for channel in 0..<3 {
      for y in 0..<32 {
        for x in 0..<32 {
          #expect(Int(planes[(channel * 32 + y) * 32 + x]) == value(x, y, channel))
        }
      }
    }
  }

  @Test func theMiddleOfAWideOrHighImageIsTaken() {
    let wide = image(64, 32) { x, y, c in (16..<48).contains(x) ? value(x - 16, y, c) : 255 }
    let high = image(32, 64) { x, y, c in (16..<48).contains(y) ? value(x, y - 16, c) : 255 }
    let expected = image(32, 32, value).planes(side: 32)
    #expect(wide.planes(side: 32) == expected && high.planes(side: 32) == expected)
  }

  @Test(arguments: [(64, 64), (47, 33), (100, 77), (20, 31), (1, 1), (33, 200)])
  func eachPixelIsTheMeanOfTheAreaThatItCovers(width: Int, height: Int) {
    let planes = image(width, height, value).planes(side: 32)
    let square = min(width, height)
    let (left, top) = ((width - square) / 2, (height - square) / 2)
    for (x, y, channel) in [(0, 0, 0), (31, 31, 2), (7, 20, 1), (16, 3, 0), (30, 0, 2)] {
      let expected = mean(square, left, top, side: 32, x: x, y: y, channel: channel)
      let got = Double(planes[(channel * 32 + y) * 32 + x])
      #expect(abs(got - expected) <= 0.5 + 1e-9, "\(got) for \(expected)")
    }
  }
}
