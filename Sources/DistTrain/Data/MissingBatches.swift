import Foundation

/// What lies where a data set's files were looked for in vain, and so what to give instead.
struct MissingBatches {
  private let batches: BinaryBatches
  private let folder: String

  /// Looks for what people have instead of the files.
  ///
  /// - Parameters:
  ///   - batches: the files that are missing.
  ///   - folder: where they were looked for.
  init(of batches: BinaryBatches, in folder: String) {
    self.batches = batches
    self.folder = folder
  }

  /// What was found there and what to do.
  var remedy: String {
    batchesBelow ?? otherDataset ?? pythonVersion ?? archive
      ?? "unpack \(batches.url) and name its folder with --data or \(batches.variable), or use "
      + "--dataset synthetic"
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
    let other = batches == .cifar10 ? BinaryBatches.cifar100 : .cifar10
    let place = [folder, "\(folder)/\(other.folder)"].first {
      isFile("\($0)/\(other.testFile.name)")
    }
    return place.map {
      "\($0) holds \(other.title): give --dataset \(other.flag), or the folder of \(batches.title) "
        + "(\(batches.url))"
    }
  }

  private var pythonVersion: String? {
    let folders = [folder, "\(folder)/\(batches.pythonFolder)"]
    let place =
      folders.first { place in
        batches.pythonFiles.contains { isFile("\(place)/\($0)") }
      }
      ?? [folder, "\(folder)/\(batches.pythonArchive)"].first {
        $0.hasSuffix(batches.pythonArchive) && isFile($0)
      }
    return place.map {
      "\($0) is the Python version of \(batches.title), but the binary one is needed: unpack "
        + "\(batches.url)"
    }
  }

  /// The archive itself, in the folder, beside it, or named as the folder.
  private var archive: String? {
    let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
    let candidates = ["\(folder)/\(batches.archive)", "\(parent)/\(batches.archive)"]
    guard let file = candidates.first(where: isFile) ?? (isFile(folder) ? folder : nil) else {
      return nil
    }
    let place = URL(fileURLWithPath: file).deletingLastPathComponent().path
    return "\(file) looks like the archive: unpack it with tar -xzf \(file) -C \(place) and give "
      + "--data \(place)/\(batches.folder)"
  }
}
