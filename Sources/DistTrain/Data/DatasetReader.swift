import Foundation

/// Reads a data set's files of binary batches.
struct DatasetReader {
  private let description: DatasetDescription
  private let batches: BinaryBatches
  private let folder: String

  /// Makes a reader.
  ///
  /// - Parameters:
  ///   - description: of which data set.
  ///   - batches: its files.
  ///   - folder: where they are; nil for where they are looked for.
  init(_ description: DatasetDescription, _ batches: BinaryBatches, folder: String?) {
    self.description = description
    self.batches = batches
    self.folder =
      folder ?? batches.defaultFolder(environment: ProcessInfo.processInfo.environment)
  }

  /// Reads the records of files, one file after the other.
  ///
  /// - Parameter files: some of the data set's.
  /// - Returns: their images.
  /// - Throws: `Failure` of kind missingInput, inputOutput, or data.
  package func read(_ files: [BinaryBatches.File]) throws(Failure) -> ImageSet {
    let labelBytes = batches.labelBytes
    let imageBytes = ImageSet.imageBytes(side: description.side)
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
        guard Int(label) < description.classes else {
          throw Failure(
            .data,
            "\(path) has the label \(label) in record \(record) where classes are 0 to "
              + "\(description.classes - 1); fetch it again")
        }
        labels.append(label)
        if labelBytes > 1 { coarseLabels.append(bytes[start]) }
        pixels.append(contentsOf: bytes[start + labelBytes..<start + recordBytes])
      }
    }
    return ImageSet(
      pixels: pixels, labels: labels, coarseLabels: coarseLabels, side: description.side)
  }

  private func bytes(of path: String) throws(Failure) -> [UInt8] {
    let isThere = FileManager.default.fileExists(atPath: path)
    let remedy = isThere ? "" : MissingBatches(of: description, batches, in: folder).remedy
    return try Files.read(path, remedy: remedy)
  }
}

extension BinaryBatches {
  /// Where the files are looked for unless a folder is named: the variable's, or the cache's.
  ///
  /// - Parameter environment: the process's environment.
  /// - Returns: a folder, whether it is there or not.
  package func defaultFolder(environment: [String: String]) -> String {
    if let value = environment[variable], !value.isEmpty { return value }
    let home = environment["HOME"] ?? "."
    let given = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    return "\(given ?? "\(home)/.cache")/disttrain/\(folder)"
  }
}

extension DatasetDescription {
  /// Where the files of known sets are looked for, in words.
  public static var defaultFolders: String {
    let batches = allCases.compactMap(\.batches)
    let variables = batches.map { "$\($0.variable)" }.joined(separator: " or ")
    return "\(variables), then \(batches.map(\.folder).joined(separator: " or ")) in "
      + "${XDG_CACHE_HOME:-$HOME/.cache}/disttrain"
  }
}
