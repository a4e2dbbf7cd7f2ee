import Foundation

/// Reads the official binary batches of CIFAR-10 and CIFAR-100.
struct DatasetReader {
  let name: Configuration.DatasetName

  /// Label bytes before each image; the last is the class.
  private var labelBytes: Int { name == .cifar100 ? 2 : 1 }
  private var classes: Int { name == .cifar100 ? 100 : 10 }
  private var recordBytes: Int { labelBytes + ImageSet.imageBytes }

  private var trainingFiles: [(name: String, records: Int)] {
    name == .cifar100
      ? [("train.bin", 50_000)] : (1...5).map { ("data_batch_\($0).bin", 10_000) }
  }
  private var testFile: (name: String, records: Int) {
    (name == .cifar100 ? "test.bin" : "test_batch.bin", 10_000)
  }

  /// Loads a data set.
  ///
  /// - Parameters:
  ///   - name: which one.
  ///   - folder: where its files are; unused by the synthetic set, which has none.
  /// - Returns: all its images.
  /// - Throws: `Failure` of kind missingInput, inputOutput, or data.
  static func load(_ name: Configuration.DatasetName, folder: String) throws(Failure) -> Dataset {
    if name == .synthetic { return SyntheticDataset.make() }
    let reader = DatasetReader(name: name)
    return Dataset(
      training: try reader.read(reader.trainingFiles, in: folder),
      test: try reader.read([reader.testFile], in: folder), classes: reader.classes)
  }

  /// Where a data set is looked for.
  ///
  /// - Parameters:
  ///   - name: which one.
  ///   - flag: the value of `--data`, if given.
  ///   - environment: the process's environment.
  /// - Returns: a folder, whether it is there or not.
  static func folder(
    _ name: Configuration.DatasetName, flag: String?, environment: [String: String]
  ) -> String {
    if let flag { return flag }
    let variable = name == .cifar100 ? "CIFAR100_DIR" : "CIFAR10_DIR"
    if let value = environment[variable], !value.isEmpty { return value }
    let home = environment["HOME"] ?? "."
    let given = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    let folder = name == .cifar100 ? "cifar-100-binary" : "cifar-10-batches-bin"
    return "\(given ?? "\(home)/.cache")/disttrain/\(folder)"
  }

  private func read(
    _ files: [(name: String, records: Int)], in folder: String
  ) throws(Failure) -> ImageSet {
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    let records = files.reduce(0) { $0 + $1.records }
    pixels.reserveCapacity(records * ImageSet.imageBytes)
    labels.reserveCapacity(records)
    for file in files {
      let path = "\(folder)/\(file.name)"
      let bytes = try Files.read(path, remedy: remedy)
      guard bytes.count == file.records * recordBytes else {
        throw Failure(
          .data,
          "\(path) has \(bytes.count) bytes where \(file.records) records of \(recordBytes) make "
            + "\(file.records * recordBytes); fetch it again")
      }
      for record in 0..<file.records {
        let start = record * recordBytes
        let label = bytes[start + labelBytes - 1]
        guard Int(label) < classes else {
          throw Failure(
            .data,
            "\(path) has the label \(label) in record \(record) where classes are 0 to "
              + "\(classes - 1); fetch it again")
        }
        labels.append(label)
        pixels.append(contentsOf: bytes[start + labelBytes..<start + recordBytes])
      }
    }
    return ImageSet(pixels: pixels, labels: labels)
  }

  private var remedy: String {
    let archive = name == .cifar100 ? "cifar-100-binary" : "cifar-10-binary"
    let variable = name == .cifar100 ? "CIFAR100_DIR" : "CIFAR10_DIR"
    return
      "unpack https://www.cs.toronto.edu/~kriz/\(archive).tar.gz and name its folder with --data or "
      + "\(variable), or train on --dataset synthetic"
  }
}
