extension DatasetDescription {
  /// All known sets.
  public static let allCases: [DatasetDescription] = [.cifar10, .cifar100, .synthetic]

  /// CIFAR-10: ten classes of objects and animals.
  public static let cifar10 = DatasetDescription(
    name: "cifar10", title: "CIFAR-10",
    classNames: [
      "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ],
    side: 32,
    source: .binaryBatches(
      BinaryBatches(
        labelBytes: 1,
        trainingFiles: (1...5).map { .init(name: "data_batch_\($0).bin", records: 10_000) },
        testFile: .init(name: "test_batch.bin", records: 10_000), folder: "cifar-10-batches-bin",
        variable: "CIFAR10_DIR",
        archive: .init(
          name: "cifar-10-binary.tar.gz",
          url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", size: 170_052_171,
          md5: "c32a1d4ab5d03f1284b67883e8d87530",
          otherFiles: ["batches.meta.txt", "readme.html"]),
        pythonVersion: .init(
          archive: "cifar-10-python.tar.gz", folder: "cifar-10-batches-py",
          files: ["data_batch_1", "batches.meta"]),
        mark: .digests(
          all: "f27715e529e7ca2674e46a54bf84043f539b3dc84752f6a386aa72201964a453",
          test: "0488d98dd7fae1e6649a72c7458e535edf2e0fd1c1e6079160e643d304d1b25a"))),
    heldOutImages: 5000)

  /// CIFAR-100: a hundred fine classes in twenty coarse ones.
  public static let cifar100 = DatasetDescription(
    name: "cifar100", title: "CIFAR-100", classNames: cifar100ClassNames, side: 32,
    source: .binaryBatches(
      BinaryBatches(
        labelBytes: 2, trainingFiles: [.init(name: "train.bin", records: 50_000)],
        testFile: .init(name: "test.bin", records: 10_000), folder: "cifar-100-binary",
        variable: "CIFAR100_DIR",
        archive: .init(
          name: "cifar-100-binary.tar.gz",
          url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz", size: nil,
          md5: "03b5dce01913d631647c71ecec9e9cb8",
          otherFiles: ["fine_label_names.txt", "coarse_label_names.txt"]),
        pythonVersion: .init(
          archive: "cifar-100-python.tar.gz", folder: "cifar-100-python",
          files: ["train", "meta"]),
        mark: .equalClasses(coarse: 20))),
    heldOutImages: 5000)

  /// A set that is drawn: ten classes of shapes and textures.
  public static let synthetic = DatasetDescription(
    name: "synthetic", title: "the synthetic set", classNames: SyntheticDataset.classNames,
    side: SyntheticDataset.side, source: .drawn,
    heldOutImages: 5000)
}
