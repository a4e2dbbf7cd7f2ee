import Foundation
import Testing

import DistTrain

/// Batches of zeros with some records written by hand, read back pixel by pixel.
///
/// One after the other: a data set takes 185 MB.
@Suite(.serialized) struct DatasetReaderTests {
  private let folder = TemporaryFolder()

  /// Overwrites bytes of a file that is there.
  private func write(_ bytes: [UInt8], at offset: Int, of name: String) throws {
    let file = try #require(FileHandle(forWritingAtPath: folder.file(name)))
    try file.seek(toOffset: UInt64(offset))
    try file.write(contentsOf: bytes)
    try file.close()
  }

  private func writeZeros(_ name: String, bytes: Int) throws {
    try Data().write(to: URL(fileURLWithPath: folder.file(name)))
    truncate(folder.file(name), off_t(bytes))
  }

  private func writeZerosOfCIFAR100() throws {
    try writeZeros("train.bin", bytes: 50_000 * 3074)
    try writeZeros("test.bin", bytes: 10_000 * 3074)
  }

  private func refusal(_ description: DatasetDescription) -> Failure? {
    do throws(Failure) {
      _ = try Dataset.load(description, from: folder.path)
      return nil
    } catch { return error }
  }

  private func image(_ index: Int, of set: ImageSet) -> [UInt8] {
    Array(set.pixels[index * 3072..<(index + 1) * 3072])
  }

  @Test func recordsOfCIFAR10AreALabelAndThreePlanes() throws {
    try writeZeroBatches(folder.path)
    // Record 2 of the fourth file is image 30,002: every byte tells its plane, row and column.
    func byte(plane: Int, row: Int, column: Int) -> UInt8 {
      UInt8((plane * 91 + row * 7 + column) % 251)
    }
    var planes: [UInt8] = []
    for plane in 0..<3 {
      for row in 0..<32 {
        for column in 0..<32 { planes.append(byte(plane: plane, row: row, column: column)) }
      }
    }
    try write([7] + planes, at: 2 * 3073, of: "data_batch_4.bin")
    try write([9], at: 9999 * 3073, of: "test_batch.bin")
    let dataset = try Dataset.load(.cifar10, from: folder.path)
    #expect(dataset.description == .cifar10)
    #expect(dataset.training.count == 50_000 && dataset.test.count == 10_000)
    #expect(dataset.training.labels[30_002] == 7 && dataset.training.labels[30_001] == 0)
    let pixels = image(30_002, of: dataset.training)
    #expect(pixels == planes)
    #expect(pixels[2 * 1024 + 31 * 32 + 5] == byte(plane: 2, row: 31, column: 5))
    #expect(image(30_001, of: dataset.training).allSatisfy { $0 == 0 })
    #expect(image(30_003, of: dataset.training).allSatisfy { $0 == 0 })
    #expect(dataset.test.labels.last == 9 && dataset.test.labels[9998] == 0)
  }

  @Test func theSecondLabelByteIsTheClassOfCIFAR100() throws {
    try writeZerosOfCIFAR100()
    try write([19, 99, 11, 12, 13], at: 49_999 * 3074, of: "train.bin")
    try write([4, 30], at: 0, of: "test.bin")
    let dataset = try Dataset.load(.cifar100, from: folder.path)
    #expect(dataset.description == .cifar100)
    #expect(dataset.training.labels[49_999] == 99 && dataset.test.labels[0] == 30)
    #expect(image(49_999, of: dataset.training).prefix(4) == [11, 12, 13, 0])
    #expect(image(49_998, of: dataset.training).allSatisfy { $0 == 0 })
  }

  @Test func labelsOutOfRangeNameFileAndRecord() throws {
    try writeZerosOfCIFAR100()
    // The coarse label is nobody's concern.
    try write([255, 0], at: 17 * 3074, of: "test.bin")
    #expect(refusal(.cifar100) == nil)
    try write([0, 100], at: 17 * 3074, of: "test.bin")
    let failure = try #require(refusal(.cifar100))
    #expect(failure.kind == .data)
    for word in ["\(folder.path)/test.bin", "label 100", "record 17", "99"] {
      #expect(failure.message.contains(word), "\(failure)")
    }
    try writeZeroBatches(folder.path)
    try write([10], at: 123 * 3073, of: "data_batch_5.bin")
    let message = try #require(refusal(.cifar10)).message
    #expect(message.contains("data_batch_5.bin has the label 10 in record 123"), "\(message)")
  }

  @Test(arguments: [0, 3074 * 50_000 - 1, 3074 * 50_000 + 1, 3073 * 50_000])
  func aFileOfTheWrongSizeIsRefusedWithBothSizes(bytes: Int) throws {
    try writeZerosOfCIFAR100()
    truncate(folder.file("train.bin"), off_t(bytes))
    let failure = try #require(refusal(.cifar100))
    #expect(failure.kind == .data)
    #expect(failure.message.contains("\(folder.path)/train.bin has \(bytes) bytes"), "\(failure)")
    #expect(failure.message.contains("153700000"))
  }

  @Test func aMissingFileIsNamedWithWhatToDo() throws {
    try writeZeroBatches(folder.path)
    try FileManager.default.removeItem(atPath: folder.file("test_batch.bin"))
    let failure = try #require(refusal(.cifar10))
    #expect(failure.kind == .missingInput)
    for word in ["\(folder.path)/test_batch.bin", "cifar-10-binary.tar.gz", "--data"] {
      #expect(failure.message.contains(word), "\(failure)")
    }
  }

  @Test func theTestImagesAloneNeedTheirFileOnly() throws {
    try writeZeros("test_batch.bin", bytes: 10_000 * 3073)
    try write([3, 1, 2], at: 0, of: "test_batch.bin")
    let test = try Dataset.loadTest(.cifar10, from: folder.path)
    #expect(test.count == 10_000 && test.labels[0] == 3 && Array(test.pixels[0...2]) == [1, 2, 0])
    #expect(refusal(.cifar10)?.kind == .missingInput)
    let synthetic = try Dataset.loadTest(.synthetic)
    #expect(synthetic.digest() == Dataset.synthetic.test.digest())
  }

  @Test func variableThenCacheThenHomeNameTheFolder() throws {
    let variables = [
      "CIFAR10_DIR": "/ten", "CIFAR100_DIR": "/hundred", "XDG_CACHE_HOME": "/cache", "HOME": "/me",
    ]
    func folder(
      _ description: DatasetDescription, without: [String] = [], empty: [String] = []
    ) throws -> String {
      var environment = variables.filter { !without.contains($0.key) }
      for variable in empty { environment[variable] = "" }
      return try #require(description.batches).defaultFolder(environment: environment)
    }
    #expect(try folder(.cifar10) == "/ten" && folder(.cifar100) == "/hundred")
    #expect(
      try folder(.cifar10, without: ["CIFAR10_DIR"]) == "/cache/disttrain/cifar-10-batches-bin")
    #expect(
      try folder(.cifar100, without: ["CIFAR100_DIR"]) == "/cache/disttrain/cifar-100-binary")
    let home = "/me/.cache/disttrain/cifar-10-batches-bin"
    #expect(try folder(.cifar10, without: ["CIFAR10_DIR", "XDG_CACHE_HOME"]) == home)
    // An empty variable is as good as none.
    #expect(try folder(.cifar10, empty: ["CIFAR10_DIR", "XDG_CACHE_HOME"]) == home)
  }
}
