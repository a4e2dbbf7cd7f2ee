import Foundation

/// What lies where a data set's files were looked for in vain, and so what to give instead.
package struct MissingBatches {
  private let description: DatasetDescription
  private let batches: BinaryBatches
  private let folder: String

  /// Looks for what people have instead of the files.
  ///
  /// - Parameters:
  ///   - description: the data set.
  ///   - batches: its files, of which one is missing.
  ///   - folder: where they were looked for.
  package init(of description: DatasetDescription, _ batches: BinaryBatches, in folder: String) {
    self.description = description
    self.batches = batches
    self.folder = folder
  }

  /// What was found there and what to do.
  package var remedy: String {
    batchesBelow ?? otherDataset ?? pythonVersion ?? archive
      ?? "fetch it with disttrain data fetch --dataset \(description.name), or unpack "
      + "\(batches.archive.url) and name its folder with --data or \(batches.variable), or use "
      + "--dataset \(DatasetDescription.synthetic.name)"
  }

  private func isFile(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && !isFolder.boolValue
  }

  /// The folder was meant whose parent was named.
  private var batchesBelow: String? {
    let below = "\(folder)/\(batches.folder)"
    return isFile("\(below)/\(batches.testFile.name)")
      ? "\(below) has the files, so give --data \(below)" : nil
  }

  private var otherDataset: String? {
    for other in DatasetDescription.allCases where other != description {
      guard let files = other.batches else { continue }
      let place = [folder, "\(folder)/\(files.folder)"].first {
        isFile("\($0)/\(files.testFile.name)")
      }
      if let place {
        return "\(place) holds \(other.title): give --dataset \(other.name), or the folder of "
          + "\(description.title) (\(batches.archive.url))"
      }
    }
    return nil
  }

  private var pythonVersion: String? {
    let python = batches.pythonVersion
    let folders = [folder, "\(folder)/\(python.folder)"]
    let place =
      folders.first { place in python.files.contains { isFile("\(place)/\($0)") } }
      ?? [folder, "\(folder)/\(python.archive)"].first {
        $0.hasSuffix(python.archive) && isFile($0)
      }
    return place.map {
      "\($0) is the Python version of \(description.title), but the binary one is needed: unpack "
        + "\(batches.archive.url)"
    }
  }

  /// The archive itself, in the folder, beside it, or named as the folder.
  private var archive: String? {
    let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
    let candidates = [folder, parent].map { "\($0)/\(batches.archive.name)" }
    guard let file = candidates.first(where: isFile) ?? (isFile(folder) ? folder : nil) else {
      return nil
    }
    let place = URL(fileURLWithPath: file).deletingLastPathComponent().path
    return "\(file) looks like the archive: unpack it with tar -xzf \(file) -C \(place) and give "
      + "--data \(place)/\(batches.folder)"
  }
}
