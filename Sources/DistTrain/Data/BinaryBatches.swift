/// What is known of a data set's files before one is read: the one place that tells the sets apart.
struct BinaryBatches: Equatable {
  /// A file of records.
  struct File: Equatable {
    let name: String
    let records: Int
  }

  /// The data set's name, as people write it.
  let title: String
  /// The value of `--dataset`.
  let flag: String
  /// Label bytes before each image; the last is the class.
  let labelBytes: Int
  let trainingFiles: [File]
  let testFile: File
  /// The folder that the archive unpacks to.
  let folder: String
  /// The environment variable that names the folder.
  let variable: String
  /// The archive of the binary version, and that of the Python version, which is another.
  let archive: String
  let pythonArchive: String
  /// The folder that the Python version unpacks to, and files that only it has.
  let pythonFolder: String
  let pythonFiles: [String]

  /// Where the archive is.
  var url: String { "https://www.cs.toronto.edu/~kriz/\(archive)" }

  static let cifar10 = BinaryBatches(
    title: "CIFAR-10", flag: "cifar10", labelBytes: 1,
    trainingFiles: (1...5).map { File(name: "data_batch_\($0).bin", records: 10_000) },
    testFile: File(name: "test_batch.bin", records: 10_000), folder: "cifar-10-batches-bin",
    variable: "CIFAR10_DIR", archive: "cifar-10-binary.tar.gz",
    pythonArchive: "cifar-10-python.tar.gz", pythonFolder: "cifar-10-batches-py",
    pythonFiles: ["data_batch_1", "batches.meta"])

  static let cifar100 = BinaryBatches(
    title: "CIFAR-100", flag: "cifar100", labelBytes: 2,
    trainingFiles: [File(name: "train.bin", records: 50_000)],
    testFile: File(name: "test.bin", records: 10_000), folder: "cifar-100-binary",
    variable: "CIFAR100_DIR", archive: "cifar-100-binary.tar.gz",
    pythonArchive: "cifar-100-python.tar.gz", pythonFolder: "cifar-100-python",
    pythonFiles: ["train", "meta"])
}

extension Configuration.DatasetName {
  /// The number of classes.
  var classes: Int { self == .cifar100 ? 100 : 10 }

  /// The files; nil for the synthetic set, which has none.
  var batches: BinaryBatches? {
    switch self {
    case .cifar10: .cifar10
    case .cifar100: .cifar100
    case .synthetic: nil
    }
  }

  /// The bytes that a rank holds of all images and labels, or of the test images alone.
  func byteCount(testOnly: Bool) -> Int {
    (testOnly ? 10_000 : 60_000)
      * (ImageSet.imageBytes(side: DatasetReader.side) + (batches?.labelBytes ?? 1))
  }
}
