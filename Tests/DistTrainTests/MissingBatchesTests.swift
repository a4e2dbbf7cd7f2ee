import Foundation
import Testing

import DistTrain

/// What people have where the files are not, and what they are told to give.
struct MisplacedData: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let dataset: DatasetDescription
  /// Empty files below the folder that the case makes.
  let files: [String]
  /// What `--data` says, below that folder.
  let given: String
  /// Words of the message, where FOLDER is the folder.
  let words: [String]
}

@Suite struct MissingBatchesTests {
  private let folder = TemporaryFolder()

  private static let ten = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]

  static let cases = [
    MisplacedData(
      testDescription: "the parent folder", dataset: .cifar10,
      files: ten.map { "cifar-10-batches-bin/\($0)" }, given: "",
      words: ["--data FOLDER/cifar-10-batches-bin"]),
    MisplacedData(
      testDescription: "the parent folder of CIFAR-100", dataset: .cifar100,
      files: ["cifar-100-binary/train.bin", "cifar-100-binary/test.bin"], given: "",
      words: ["--data FOLDER/cifar-100-binary"]),
    MisplacedData(
      testDescription: "the Python version", dataset: .cifar10,
      files: ["py/data_batch_1", "py/batches.meta"], given: "/py",
      words: ["FOLDER/py is the Python version of CIFAR-10", "cifar-10-binary.tar.gz"]),
    MisplacedData(
      testDescription: "the parent of the Python version", dataset: .cifar10,
      files: ["cifar-10-batches-py/data_batch_1"], given: "",
      words: ["FOLDER/cifar-10-batches-py is the Python version", "cifar-10-binary.tar.gz"]),
    MisplacedData(
      testDescription: "the Python version's archive", dataset: .cifar10,
      files: ["cifar-10-python.tar.gz"], given: "/cifar-10-python.tar.gz",
      words: ["FOLDER/cifar-10-python.tar.gz is the Python version", "cifar-10-binary.tar.gz"]),
    MisplacedData(
      testDescription: "the Python version of CIFAR-100", dataset: .cifar100,
      files: ["train", "test", "meta"], given: "",
      words: ["FOLDER is the Python version of CIFAR-100", "cifar-100-binary.tar.gz"]),
    MisplacedData(
      testDescription: "the archive itself", dataset: .cifar10, files: ["cifar-10-binary.tar.gz"],
      given: "/cifar-10-binary.tar.gz",
      words: ["tar -xzf FOLDER/cifar-10-binary.tar.gz", "--data FOLDER/cifar-10-batches-bin"]),
    MisplacedData(
      testDescription: "the archive's folder", dataset: .cifar100,
      files: ["cifar-100-binary.tar.gz"], given: "",
      words: ["tar -xzf FOLDER/cifar-100-binary.tar.gz", "--data FOLDER/cifar-100-binary"]),
    MisplacedData(
      testDescription: "the folder beside the archive", dataset: .cifar10,
      files: ["cifar-10-binary.tar.gz"], given: "/cifar-10-batches-bin",
      words: ["tar -xzf FOLDER/cifar-10-binary.tar.gz", "--data FOLDER/cifar-10-batches-bin"]),
    MisplacedData(
      testDescription: "CIFAR-100 for CIFAR-10", dataset: .cifar10,
      files: ["train.bin", "test.bin"], given: "",
      words: ["FOLDER holds CIFAR-100", "--dataset cifar100"]),
    MisplacedData(
      testDescription: "CIFAR-10 for CIFAR-100", dataset: .cifar100, files: ten, given: "",
      words: ["FOLDER holds CIFAR-10:", "--dataset cifar10,"]),
    MisplacedData(
      testDescription: "nothing", dataset: .cifar10, files: [], given: "/none",
      words: [
        "FOLDER/none/data_batch_1.bin is not there", "unpack", "cifar-10-binary.tar.gz",
        "CIFAR10_DIR",
      ]),
  ]

  @Test(arguments: cases)
  func whatIsThereIsNamedWithWhatToGive(misplaced: MisplacedData) throws {
    for file in misplaced.files {
      let url = URL(fileURLWithPath: folder.file(file))
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: url)
    }
    let failure = #expect(throws: Failure.self) {
      try Dataset.load(misplaced.dataset, from: folder.path + misplaced.given)
    }
    #expect(failure?.kind == .missingInput)
    let message = failure?.message ?? ""
    let first = misplaced.dataset == .cifar10 ? "data_batch_1.bin" : "train.bin"
    for word in misplaced.words + ["\(first) is not there"] {
      #expect(
        message.contains(word.replacingOccurrences(of: "FOLDER", with: folder.path)),
        "\(message)")
    }
  }

  /// What was looked for first is named, but what is meant is the whole set.
  @Test func aSingleMissingFileOfTheSetIsToBeFetchedAgain() throws {
    for name in Self.ten { try Data().write(to: URL(fileURLWithPath: folder.file(name))) }
    let batches = try #require(DatasetDescription.cifar10.batches)
    let remedy = MissingBatches(of: .cifar10, batches, in: folder.path).remedy
    #expect(remedy.contains("unpack") && !remedy.contains("holds"))
  }
}
