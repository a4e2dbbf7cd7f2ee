import Testing

import DistTrain

private typealias Handmade = HandmadeSafetensors

/// A handmade file that must be refused, and what the reason must say.
struct UnsoundFile: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let bytes: [UInt8]
  let words: [String]

  fileprivate init(_ name: String, _ file: HandmadeSafetensors, _ words: [String]) {
    self.init(name, file.bytes, words)
  }

  fileprivate init(_ name: String, _ bytes: [UInt8], _ words: [String]) {
    testDescription = name
    self.bytes = bytes
    self.words = words
  }

  /// Two tensors of two elements each in 16 bytes, at given offsets.
  fileprivate static func pair(
    _ name: String, _ a: (Int, Int), _ b: (Int, Int), bytes: Int = 16, _ words: [String]
  ) -> UnsoundFile {
    let header =
      "{\(Handmade.entry("a", [2], a.0, a.1)),\(Handmade.entry("b", [2], b.0, b.1))}"
    return UnsoundFile(
      name, Handmade(header, content: [UInt8](repeating: 0, count: bytes)), words)
  }

  /// One tensor in some bytes.
  fileprivate static func single(
    _ name: String, _ entry: String, bytes: Int, _ words: [String]
  ) -> UnsoundFile {
    UnsoundFile(
      name, Handmade("{\(entry)}", content: [UInt8](repeating: 0, count: bytes)), words)
  }
}

@Suite struct SafetensorsTests {
  @Test func aHandmadeFileReadsAsTheFormatSays() throws {
    // 1.5 and −2 in little-endian single precision, then a scalar of 0.25.
    let content: [UInt8] = [0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0x80, 0x3e]
    let header =
      "{\(Handmade.entry("scalar", [], 8, 12)),\"__metadata__\":{\"key\":\"välue\"},"
      + "\(Handmade.entry("row", [1, 2], 0, 8)),\(Handmade.entry("none", [0, 3], 12, 12))}  "
    let file = try Safetensors(Handmade(header, content: content).bytes, file: "handmade")
    #expect(file.metadata == ["key": "välue"])
    #expect(
      Set(file.tensors.map { "\($0.name) \($0.shape) \($0.values)" }) == [
        "row [1, 2] [1.5, -2.0]", "scalar [] [0.25]", "none [0, 3] []",
      ])
  }

  @Test func aFileWithoutTensorsOrMetadataIsSound() throws {
    let file = try Safetensors(Handmade("{}").bytes, file: "empty")
    #expect(file.tensors.isEmpty && file.metadata.isEmpty)
  }

  @Test(arguments: [[:], ["key": "välue \"quoted\"\n/", "": ""]])
  func whatIsEncodedReadsBackToTheSameBits(metadata: [String: String]) throws {
    let patterns: [UInt32] = [
      0, 0x8000_0000, 1, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc1_2345, 0x7f80_0001,
      0x3eaa_aaab,
    ]
    let values = patterns.map { Float(bitPattern: $0) }
    let content = Safetensors(
      tensors: [
        NamedTensor(name: "z", shape: [3, 3], values: values),
        NamedTensor(name: "a/\"b\"", shape: [], values: [1]),
        NamedTensor(name: "empty", shape: [0], values: []),
      ], metadata: metadata)
    let bytes = try content.encoded()
    let read = try Safetensors(bytes, file: "encoded")
    #expect(read.metadata == metadata)
    let tensors = Dictionary(uniqueKeysWithValues: read.tensors.map { ($0.name, $0) })
    #expect(Set(tensors.keys) == ["z", "a/\"b\"", "empty"])
    #expect(tensors["z"]?.shape == [3, 3] && tensors["a/\"b\""]?.shape == [])
    #expect(tensors["z"]?.values.map(\.bitPattern) == patterns)
    // The reader of the tests takes no part in the encoder.
    #expect(bytes.count % 4 == 0 && bytes.count == 8 + Int(bytes[0]) + Int(bytes[1]) << 8 + 40)
  }

  private static let unsound: [UnsoundFile] = [
    UnsoundFile("no bytes", [], ["0 bytes", "fewer than 8"]),
    UnsoundFile("seven bytes", [2, 0, 0, 0, 0, 0, 0], ["7 bytes", "fewer than 8"]),
    UnsoundFile("a header beyond the file", Handmade("{}", statedLength: 3), ["header of 3 bytes"]),
    UnsoundFile(
      "a header length of all ones", Handmade("{}", statedLength: .max), ["18446744073709551615"]),
    UnsoundFile(
      "a header that is not UTF-8", [4, 0, 0, 0, 0, 0, 0, 0] + [0x22, 0xc3, 0x28, 0x22],
      ["not UTF-8"]),
    UnsoundFile("no JSON", Handmade("{"), ["not a JSON object"]),
    UnsoundFile("no header", Handmade(""), ["not a JSON object"]),
    UnsoundFile("a JSON array", Handmade("[]"), ["not a JSON object"]),
    UnsoundFile(
      "metadata with a number", Handmade("{\"__metadata__\":{\"depth\":20}}"),
      ["__metadata__", "depth", "not a string"]),
    UnsoundFile("metadata as a list", Handmade("{\"__metadata__\":[]}"), ["__metadata__"]),
    UnsoundFile("a byte-order mark", Handmade("\u{feff}{}"), ["byte-order mark"]),
    UnsoundFile("two headers", Handmade("{}{}"), ["JSON object", "goes on"]),
    UnsoundFile(
      "a shape too large to be written again as single precision",
      Handmade("{\(Handmade.entry("a", [1 << 61, 0], 0, 0, dtype: "BF16"))}"), ["a of shape"]),
    UnsoundFile(
      "a tensor twice",
      Handmade(
        "{\(Handmade.entry("a", [1], 0, 4)),\(Handmade.entry("a", [1], 4, 8))}",
        content: [UInt8](repeating: 0, count: 8)), ["the key a twice"]),
    UnsoundFile(
      "a tensor twice, once in escapes",
      Handmade(
        "{\(Handmade.entry("a/b", [1], 0, 4)),\(Handmade.entry("\\u0061\\/b", [1], 4, 8))}",
        content: [UInt8](repeating: 0, count: 8)), ["the key a/b twice"]),
    UnsoundFile(
      "metadata twice", Handmade("{\"__metadata__\":{},\"__metadata__\":{\"a\":\"b\"}}"),
      ["the key __metadata__ twice"]),
    UnsoundFile(
      "a key of the metadata twice",
      Handmade("{\"__metadata__\":{\"depth\":\"20\",\"\\u0064epth\":\"8\"}}"),
      ["the key depth twice"]),
    UnsoundFile(
      "a part of an entry twice",
      Handmade(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"shape\":[0],\"data_offsets\":[0,0]}}"),
      ["the key shape twice"]),
    UnsoundFile(
      "a shape that is no integer",
      Handmade("{\"a\":{\"dtype\":\"F32\",\"shape\":[0.5],\"data_offsets\":[0,0]}}"),
      ["a has the wrong form"]),
    UnsoundFile(
      "a header nested beyond reason", Handmade(String(repeating: "{\"a\":", count: 100_000)),
      ["nested too deeply"]),
    UnsoundFile(
      "metadata in the form of a tensor",
      Handmade("{\(Handmade.entry("__metadata__", [0], 0, 0))}"),
      ["__metadata__", "shape that is not a string"]),
    UnsoundFile(
      "a tensor in the form of metadata", Handmade("{\"a\":{\"key\":\"value\"}}"),
      ["a has the wrong form"]),
    UnsoundFile(
      "a tensor without offsets", Handmade("{\"a\":{\"dtype\":\"F32\"}}"), ["wrong form"]),
    .single(
      "three offsets", "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}", bytes: 4,
      ["a", "[0, 4, 4]"]),
    .single(
      "one offset", "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}", bytes: 4,
      ["a", "[0]"]),
    .single("an end out of range", Handmade.entry("a", [2], 0, 8), bytes: 7, ["a", "8 of 7"]),
    .single(
      "the largest end", Handmade.entry("a", [2], 0, Int.max), bytes: 8, ["a", "\(Int.max)"]),
    .single("reversed offsets", Handmade.entry("a", [1], 4, 0), bytes: 4, ["a", "[4, 0]"]),
    .single("a negative start", Handmade.entry("a", [1], -4, 0), bytes: 4, ["a", "[-4, 0]"]),
    .single("bytes before the first", Handmade.entry("a", [1], 4, 8), bytes: 8, ["a", "hole"]),
    .single("trailing bytes", Handmade.entry("a", [1], 0, 4), bytes: 5, ["4 of 5"]),
    .pair("an overlap", (0, 8), (4, 12), bytes: 12, ["b", "overlaps"]),
    .pair("the same bytes twice", (0, 8), (0, 8), bytes: 8, ["b", "overlaps"]),
    .pair("a hole", (0, 8), (12, 20), bytes: 20, ["b", "hole"]),
    .single("too few dimensions", Handmade.entry("a", [3], 0, 8), bytes: 8, ["a", "[3]"]),
    .single("a negative dimension", Handmade.entry("a", [-1, -2], 0, 8), bytes: 8, ["[-1, -2]"]),
    .single(
      "a shape that overflows to its size", Handmade.entry("a", [1 << 32, 1 << 32], 0, 0), bytes: 0,
      ["[4294967296, 4294967296]"]),
    .single(
      "half precision of single's size", Handmade.entry("a", [1], 0, 4, dtype: "F16"), bytes: 4,
      ["a", "[1]", "[0, 4]"]),
    .single(
      "double precision of single's size", Handmade.entry("a", [1], 0, 4, dtype: "F64"), bytes: 4,
      ["a", "[1]", "[0, 4]"]),
    .single("integers", Handmade.entry("a", [1], 0, 4, dtype: "I32"), bytes: 4, ["a", "I32"]),
    .single(
      "an unknown type", Handmade.entry("a", [1], 0, 4, dtype: "F33"), bytes: 4, ["a", "F33"]),
  ]

  @Test(arguments: unsound)
  func anUnsoundFileIsRefusedWithTheReason(file: UnsoundFile) throws {
    let failure = #expect(throws: Failure.self) { try Safetensors(file.bytes, file: "the file") }
    #expect(failure?.kind == .data)
    let message = failure?.message ?? ""
    #expect(message.contains("the file is not a sound safetensors file"))
    for word in file.words { #expect(message.contains(word), "\(message)") }
    #expect(!message.contains("\n"))
  }

  /// Spaces may end a header, so only its length is wrong; one byte less is sound.
  @Test func aHeaderAboveAHundredMegabytesIsRefused() throws {
    func file(_ length: Int) -> [UInt8] {
      var file = HandmadeSafetensors("{}")
      file.header += [UInt8](repeating: UInt8(ascii: " "), count: length - 2)
      return file.bytes
    }
    let failure = #expect(throws: Failure.self) { try Safetensors(file(100_000_001), file: "big") }
    #expect(failure?.message.contains("100000001") == true)
    #expect(throws: Never.self) { try Safetensors(file(100_000_000), file: "big") }
  }

  /// Every cut of a sound file, and every byte of its length and header changed, reads or is refused.
  @Test func noCutAndNoChangedByteEndsTheProcess() throws {
    let tensors = [NamedTensor(name: "a", shape: [2, 1], values: [1, 2])]
    let bytes = try Safetensors(tensors: tensors, metadata: ["k": "v"]).encoded()
    for count in 0..<bytes.count {
      #expect(throws: Failure.self) { try Safetensors(Array(bytes[..<count]), file: "cut") }
    }
    for place in 0..<bytes.count - 8 {
      for byte in [0, 0x22, 0x2d, 0x39, 0x7d, 0xff] as [UInt8] {
        var changed = bytes
        changed[place] = byte
        do throws(Failure) {
          let read = try Safetensors(changed, file: "changed")
          #expect(read.tensors.allSatisfy { $0.values.count == $0.shape.reduce(1, *) })
        } catch {
          #expect(error.kind == .data)
        }
      }
    }
  }
}
