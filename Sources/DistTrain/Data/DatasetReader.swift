import Foundation

/// Reads a data set's files of binary batches.
struct DatasetReader: ImageSource {
  /// 48 pages of memory, so that ranks do not write to the same ones.
  static let blockImages = 64

  private let description: DatasetDescription
  private let batches: BinaryBatches
  private let folder: String
  private let files: [BinaryBatches.File]

  /// Makes a reader.
  ///
  /// - Parameters:
  ///   - description: of which data set.
  ///   - batches: its files.
  ///   - folder: where they are; nil for where they are looked for.
  ///   - isTestOnly: whether the test images are read alone; no other file has to be there.
  init(
    _ description: DatasetDescription, _ batches: BinaryBatches, folder: String?, isTestOnly: Bool
  ) {
    self.description = description
    self.batches = batches
    self.folder =
      folder ?? batches.defaultFolder(environment: ProcessInfo.processInfo.environment)
    files = (isTestOnly ? [] : batches.trainingFiles) + [batches.testFile]
  }

  var count: Int { files.reduce(0) { $0 + $1.records } }
  var labelBytes: Int { batches.labelBytes }
  var identity: String {
    files.map { InputFile.identity(of: path($0)) }.joined(separator: " ")
  }

  private var recordBytes: Int { labelBytes + ImageSet.imageBytes(side: description.side) }
  private func path(_ file: BinaryBatches.File) -> String { "\(folder)/\(file.name)" }

  /// Opens a file, which has to have the size of its records.
  private func open(_ file: BinaryBatches.File) throws(Failure) -> InputFile {
    let input = try InputFile(
      path(file), remedy: MissingBatches(of: description, batches, in: folder).remedy)
    guard input.byteCount == file.records * recordBytes else {
      throw Failure(
        .data,
        "\(input.path) has \(input.byteCount) bytes where \(file.records) records of "
          + "\(recordBytes) make \(file.records * recordBytes); fetch it again")
    }
    return input
  }

  func forEachBlock(
    of range: Range<Int>,
    _ body: (Int, ArraySlice<UInt8>, ArraySlice<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    let imageBytes = ImageSet.imageBytes(side: description.side)
    // All of them, so that all ranks find the same fault whatever their parts.
    let inputs = try files.map { (file) throws(Failure) in try open(file) }
    var records = [UInt8](repeating: 0, count: Self.blockImages * recordBytes)
    var pixels = [UInt8](repeating: 0, count: Self.blockImages * imageBytes)
    var labels = [UInt8](repeating: 0, count: Self.blockImages * labelBytes)
    var start = 0
    for (file, input) in zip(files, inputs) {
      let part = range.clamped(to: start..<start + file.records)
      for first in stride(from: part.lowerBound, to: part.upperBound, by: Self.blockImages) {
        let images = min(Self.blockImages, part.upperBound - first)
        try input.read(
          into: &records, count: images * recordBytes, at: (first - start) * recordBytes)
        for image in 0..<images {
          let record = records[image * recordBytes..<(image + 1) * recordBytes]
          labels.replaceSubrange(
            image * labelBytes..<(image + 1) * labelBytes, with: record.prefix(labelBytes))
          pixels.replaceSubrange(
            image * imageBytes..<(image + 1) * imageBytes, with: record.dropFirst(labelBytes))
        }
        try body(first, pixels[..<(images * imageBytes)], labels[..<(images * labelBytes)])
      }
      start += file.records
    }
  }

  func check(labels: Bytes) throws(Failure) {
    var start = 0
    for file in files {
      for record in 0..<file.records {
        let label = labels[(start + record) * labelBytes + labelBytes - 1]
        if Int(label) < description.classes { continue }
        throw Failure(
          .data,
          "\(path(file)) has the label \(label) in record \(record) where classes are 0 to "
            + "\(description.classes - 1); fetch it again")
      }
      start += file.records
    }
  }
}

extension BinaryBatches {
  /// Where the files are looked for unless a folder is named: the variable's, or the cache's.
  ///
  /// - Parameter environment: the process's environment.
  /// - Returns: a folder, whether it is there or not.
  package func defaultFolder(environment: [String: String]) -> String {
    if let value = environment[variable], !value.isEmpty { return value }
    return "\(Self.cacheFolder(environment: environment))/\(folder)"
  }

  /// The folder of all data sets where no variable names one's own.
  ///
  /// - Parameter environment: the process's environment.
  /// - Returns: a folder, whether it is there or not.
  static func cacheFolder(environment: [String: String]) -> String {
    let home = environment["HOME"] ?? "."
    let given = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    return "\(given ?? "\(home)/.cache")/disttrain"
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
