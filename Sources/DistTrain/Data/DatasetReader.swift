import Foundation

/// Reads the official binary batches of CIFAR-10 and CIFAR-100.
struct DatasetReader {
  static let side = 32
  private let batches: BinaryBatches
  private let classes: Int
  private let folder: String

  /// Loads a data set.
  ///
  /// - Parameters:
  ///   - name: which one.
  ///   - folder: where its files are; unused by the synthetic set, which has none.
  /// - Returns: all its images.
  /// - Throws: `Failure` of kind missingInput, inputOutput, or data.
  static func load(_ name: Configuration.DatasetName, folder: String) throws(Failure) -> Dataset {
    guard let batches = name.batches else { return SyntheticDataset.make() }
    let reader = DatasetReader(batches: batches, classes: name.classes, folder: folder)
    return Dataset(
      training: try reader.read(batches.trainingFiles), test: try reader.read([batches.testFile]),
      classes: name.classes)
  }

  /// Loads the test images alone.
  ///
  /// - Parameters:
  ///   - name: of which data set.
  ///   - folder: where its test file is; no other file has to be there.
  /// - Returns: the test images.
  /// - Throws: `Failure` of kind missingInput, inputOutput, or data.
  static func loadTest(
    _ name: Configuration.DatasetName, folder: String
  ) throws(Failure) -> ImageSet {
    guard let batches = name.batches else { return SyntheticDataset.makeTest() }
    return try DatasetReader(batches: batches, classes: name.classes, folder: folder)
      .read([batches.testFile])
  }

  /// Where a data set is looked for.
  ///
  /// - Parameters:
  ///   - name: which one.
  ///   - flag: the value of `--data`, if given.
  ///   - environment: the process's environment.
  /// - Returns: a folder, whether it is there or not; empty for the synthetic set.
  static func folder(
    _ name: Configuration.DatasetName, flag: String?, environment: [String: String]
  ) -> String {
    guard let batches = name.batches else { return "" }
    if let flag { return flag }
    if let value = environment[batches.variable], !value.isEmpty { return value }
    let home = environment["HOME"] ?? "."
    let given = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    return "\(given ?? "\(home)/.cache")/disttrain/\(batches.folder)"
  }

  private func read(_ files: [BinaryBatches.File]) throws(Failure) -> ImageSet {
    let labelBytes = batches.labelBytes
    let imageBytes = ImageSet.imageBytes(side: Self.side)
    let recordBytes = labelBytes + imageBytes
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    var coarseLabels: [UInt8] = []
    let records = files.reduce(0) { $0 + $1.records }
    pixels.reserveCapacity(records * imageBytes)
    labels.reserveCapacity(records)
    for file in files {
      let path = "\(folder)/\(file.name)"
      let bytes = try bytes(of: path)
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
        if labelBytes > 1 { coarseLabels.append(bytes[start]) }
        pixels.append(contentsOf: bytes[start + labelBytes..<start + recordBytes])
      }
    }
    return ImageSet(pixels: pixels, labels: labels, coarseLabels: coarseLabels, side: Self.side)
  }

  private func bytes(of path: String) throws(Failure) -> [UInt8] {
    let isThere = FileManager.default.fileExists(atPath: path)
    let remedy = isThere ? "" : MissingBatches(of: batches, in: folder).remedy
    return try Files.read(path, remedy: remedy)
  }
}
