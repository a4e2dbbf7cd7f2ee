import DistTrain
import Foundation

extension FuzzTarget {
  /// Files of records, and images of a program's own.
  static let cifar = FuzzTarget("cifar") { bytes, folder in
    var decisions = Decisions(bytes)
    let description: DatasetDescription = decisions.byte() % 2 == 0 ? .cifar10 : .cifar100
    let records = Int(decisions.byte() % 3) + 1
    readRecords(description.limited(toRecordsOfFiles: records), &decisions, folder)
    takeOwnImages(&decisions)
  }

  /// Writes files of few records, of which some are cut, longer or missing, and reads them.
  private static func readRecords(
    _ description: DatasetDescription, _ decisions: inout Decisions, _ folder: String
  ) {
    guard let batches = description.batches else { return }
    let recordBytes = batches.labelBytes + ImageSet.imageBytes(side: description.side)
    var files: [[UInt8]] = []
    var isWhole = true
    for file in batches.allFiles {
      var content: [UInt8] = []
      for _ in 0..<file.records {
        content += decisions.bytes(batches.labelBytes)
        let (first, last) = (decisions.byte(), decisions.byte())
        // One byte in the whole image, and another at its end.
        content += [UInt8](repeating: first, count: recordBytes - batches.labelBytes - 1) + [last]
      }
      let change = decisions.byte()
      let path = "\(folder)/\(file.name)"
      unlink(path)
      if change < 4 {
        content.removeLast(Int(change))
      } else if change < 8 {
        content.append(change)
      }
      if change == 8 { isWhole = false } else { write(content, to: path) }
      isWhole = isWhole && content.count == file.records * recordBytes
      files.append(content)
    }
    let loaded = accepted(or: [.data, .missingInput]) { () throws(Failure) in
      try Dataset.load(description, from: folder)
    }
    guard let loaded else { return }
    require(isWhole, "files that are not whole were read")
    check(loaded.training, files.dropLast().reduce([], +), batches.labelBytes, description)
    check(loaded.test, files.last ?? [], batches.labelBytes, description)
    for mode in Configuration.Normalization.allCases {
      _ = accepted { () throws(Failure) in
        try Normalizer(mode: mode, images: loaded.training, count: loaded.training.count)
      }
    }
  }

  /// Compares images with the records that they are made of.
  private static func check(
    _ images: ImageSet, _ records: [UInt8], _ labelBytes: Int, _ description: DatasetDescription
  ) {
    let recordBytes = labelBytes + images.imageBytes
    require(images.count * recordBytes == records.count, "another count")
    require(images.labels.allSatisfy { Int($0) < description.classes }, "a label that is no class")
    var (labels, pixels): ([UInt8], [UInt8]) = ([], [])
    for start in stride(from: 0, to: records.count, by: recordBytes) {
      labels.append(records[start + labelBytes - 1])
      pixels += records[start + labelBytes..<start + recordBytes]
    }
    require(images.digest() == SHA256.hexDigest(labels + pixels), "other labels or pixels")
  }

  private static func takeOwnImages(_ decisions: inout Decisions) {
    let (side, classes) = (decisions.integer(), Int(decisions.byte()))
    let (trainingImages, labels) = (decisions.integer(), decisions.bytes(Int(decisions.byte() % 4)))
    let pixels = [UInt8](repeating: 7, count: labels.count * 3 * 16 * 16)
    let images = accepted { () throws(Failure) in
      try ImageSet(pixels: pixels, labels: labels, side: side)
    }
    let description = accepted { () throws(Failure) in
      try DatasetDescription(
        name: "own", title: "own", classNames: (0..<classes).map { "\($0)" }, side: side,
        trainingImages: trainingImages)
    }
    guard let images, let description else { return }
    let set = accepted { () throws(Failure) in
      try Dataset(description, training: images, test: images)
    }
    if let set { require(set.training.labels.allSatisfy { Int($0) < classes }, "a wrong label") }
  }

  /// What a decoder gives, and what tells formats apart.
  static let image = FuzzTarget("image") { bytes, _ in
    _ = ImageFormat(of: bytes)
    _ = ForeignFile.description(bytes)
    guard let image = PixelImage(ppm: bytes) else { return }
    require(bytes.count > image.pixels.count, "pixels from nowhere")
    let planes = image.planes(side: 32)
    require(planes.count == 3 * 32 * 32, "\(planes.count) bytes")
    let range = (image.pixels.min() ?? 0)...(image.pixels.max() ?? 0)
    require(planes.allSatisfy(range.contains), "a mean outside of what it is a mean of")
  }
}
