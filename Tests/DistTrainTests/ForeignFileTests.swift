import Testing

import DistTrain

private typealias Handmade = HandmadeSafetensors

/// What is given as weights and is none, with what must be said of it.
struct ForeignWeights: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let bytes: [UInt8]
  let words: [String]

  init(_ name: String, _ bytes: [UInt8], _ words: [String]) {
    testDescription = name
    // As long as such files are.
    self.bytes = bytes + [UInt8](repeating: 0, count: 1000)
    self.words = words
  }
}

/// Files from elsewhere: of other types of elements, and of other kinds.
@Suite struct ForeignFileTests {
  static let foreign = [
    ForeignWeights(
      "a Git LFS pointer",
      Array("version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 1085\n".utf8),
      ["Git LFS pointer", "git lfs pull"]),
    ForeignWeights(
      "a web page", Array("\n<!DOCTYPE html>\n<html lang=\"en\">".utf8), ["web page", "download"]),
    ForeignWeights("a web page in small letters", Array("<html>".utf8), ["web page"]),
    ForeignWeights(
      "torch.save's zip", [0x50, 0x4b, 3, 4, 0, 0, 8, 8], ["zip", "safetensors.torch.save_file"]),
    ForeignWeights(
      "torch.save's old format", [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9],
      ["pickle", "safetensors.torch.save_file"]),
    ForeignWeights("a pickle", [0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0], ["pickle"]),
    ForeignWeights("gzip", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], ["gzip", "unpack"]),
    ForeignWeights(
      "tar", Array("weights".utf8) + [UInt8](repeating: 0, count: 250) + Array("ustar".utf8),
      ["tar archive", "unpack"]),
  ]

  @Test(arguments: foreign)
  func aFileOfAnotherKindIsCalledWhatItIs(file: ForeignWeights) throws {
    let failure = #expect(throws: Failure.self) { try Safetensors(file.bytes, file: "the file") }
    #expect(failure?.kind == .data)
    for word in file.words + ["the file is"] {
      #expect(failure?.message.contains(word) == true, "\(failure as Any)")
    }
    #expect(failure?.message.contains("bytes does not fit") == false)
  }

  /// A header of 559,903 bytes makes a sound file begin like one of gzip.
  @Test func aSoundFileThatBeginsLikeAnotherReads() throws {
    var file = Handmade("{}")
    file.header += [UInt8](repeating: UInt8(ascii: " "), count: 0x088b1f - 2)
    #expect(Array(file.bytes.prefix(3)) == [0x1f, 0x8b, 8])
    #expect(throws: Never.self) { try Safetensors(file.bytes, file: "sound") }
  }

  private func read(_ type: String, _ shape: [Int], _ content: [UInt8]) throws -> [Float] {
    let header = "{\(Handmade.entry("a", shape, 0, content.count, dtype: type))}"
    let file = try Safetensors(Handmade(header, content: content).bytes, file: "handmade")
    return try #require(file.tensors.first).values
  }

  private func bytes<Bits: FixedWidthInteger>(_ patterns: [Bits]) -> [UInt8] {
    patterns.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
  }

  /// Every half-precision number by its definition: a sign, five bits of exponent, ten of fraction.
  @Test func halfPrecisionReadsAsTheStandardSays() throws {
    let patterns = (0...UInt16.max).map { $0 }
    let values = try read("F16", [256, 256], bytes(patterns))
    for (pattern, value) in zip(patterns, values) {
      let sign: Double = pattern >> 15 == 1 ? -1 : 1
      let exponent = Int(pattern >> 10 & 31)
      let fraction = Double(pattern & 1023) / 1024
      switch (exponent, fraction) {
      case (31, 0): #expect(value == Float(sign * .infinity))
      case (31, _): #expect(value.isNaN)
      case (0, _): #expect(Double(value) == sign * fraction * 0x1p-14)
      default:
        let scale = Double(sign: .plus, exponent: exponent - 15, significand: 1)
        #expect(Double(value) == sign * (1 + fraction) * scale)
      }
    }
  }

  @Test func brainPrecisionIsTheUpperHalfOfSinglePrecision() throws {
    let values = try read("BF16", [5], bytes([0x3fc0, 0xc000, 0x0001, 0x7f80, 0x8000] as [UInt16]))
    #expect(values == [1.5, -2, 0x1p-133, .infinity, 0])
    #expect(values[4].sign == .minus)
  }

  @Test func doublePrecisionIsRounded() throws {
    let doubles = [0.1, -1.5, 1 + 0x1p-24, 1 + 0x1.8p-24, 1e-60, 1e300, -.infinity]
    let values = try read("F64", [7], bytes(doubles.map(\.bitPattern)))
    #expect(values == [0.1, -1.5, 1, 1 + 0x1p-23, 0, .infinity, -.infinity])
  }

  @Test func metadataOfNullIsNone() throws {
    let header = "{\"__metadata__\":null,\(Handmade.entry("a", [1], 0, 4))}"
    let file = try Safetensors(Handmade(header, content: [0, 0, 0, 0]).bytes, file: "handmade")
    #expect(file.metadata.isEmpty && file.tensors.count == 1)
  }
}

/// JSON as RFC 8259 has it.
@Suite struct JSONValueTests {
  private func value(_ text: String) throws -> JSONValue { try JSONValue(text.utf8) }

  @Test func valuesReadAsTheyAreWritten() throws {
    #expect(
      try value(" {\"b\" : [1, -2.5e+3,true , false,null],\t\"a\":{} ,\"\":[]}\r\n")
        == .object([
          JSONValue.Member(
            key: "b",
            value: .array([.number("1"), .number("-2.5e+3"), .bool(true), .bool(false), .null])),
          JSONValue.Member(key: "a", value: .object([])),
          JSONValue.Member(key: "", value: .array([])),
        ]))
    #expect(try value("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"").text == "\"\\/\u{8}\u{c}\n\r\t")
    #expect(try value("\"\\u00e4\\uD83D\\ude00 ä😀\"").text == "ä😀 ä😀")
  }

  @Test(arguments: [
    "", " ", "{", "}", "[", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "[1 2]",
    "01", "-", "1.", ".5", "1e", "+1", "tru", "nul", "NaN", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"",
    "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\\ud800\"", "\"\n\"", "1 1",
    "[\"a\":1]", "{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":1}",
  ])
  func whatIsNoJSONIsRefused(text: String) {
    #expect(throws: JSONValue.Fault.self) { try value(text) }
  }

  @Test func onlyIntegersThatFitAreIntegers() throws {
    #expect(try value("[-3,9223372036854775807]").integers == [-3, .max])
    for text in ["[1.0]", "[1e2]", "[9223372036854775808]", "[\"1\"]", "1"] {
      #expect(try value(text).integers == nil)
    }
  }
}
