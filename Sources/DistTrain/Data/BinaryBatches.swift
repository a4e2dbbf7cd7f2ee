/// The files of a data set in CIFAR's binary format: records of label bytes and an image's planes.
package struct BinaryBatches: Sendable {
  /// A file of records.
  package struct File: Sendable {
    package let name: String
    package let records: Int
  }

  /// The archive that holds the files.
  struct Archive: Sendable {
    let name: String
    let url: String
    /// Its size in bytes, where it is known.
    let size: Int?
    /// Its MD5, which the authors publish.
    let md5: String
    /// What it holds beside the files of records.
    let otherFiles: [String]
  }

  /// The set in another format, which people have by mistake.
  struct PythonVersion: Sendable {
    let archive: String
    /// The folder that the archive unpacks to, and files that only this version has.
    let folder: String
    let files: [String]
  }

  /// How the official images are told from others.
  enum Mark: Sendable {
    /// By ``Dataset/digest()``, or ``ImageSet/digest()`` of the test images alone.
    case digests(all: String, test: String)
    /// By as many images in each class, and as many classes in each of the coarse ones.
    case equalClasses(coarse: Int)
  }

  /// Label bytes before each image; the last is the class.
  package let labelBytes: Int
  private(set) var trainingFiles: [File]
  private(set) var testFile: File
  /// The folder that the archive unpacks to.
  package let folder: String
  /// The environment variable that names the folder.
  let variable: String
  let archive: Archive
  let pythonVersion: PythonVersion
  let mark: Mark

  /// Training images in all files.
  var trainingImages: Int { trainingFiles.reduce(0) { $0 + $1.records } }

  /// All files, that of the test images last.
  package var allFiles: [File] { trainingFiles + [testFile] }

  /// The same files with fewer records.
  fileprivate func limited(toRecordsOfFiles records: Int) -> BinaryBatches {
    var batches = self
    batches.trainingFiles = trainingFiles.map { File(name: $0.name, records: records) }
    batches.testFile = File(name: testFile.name, records: records)
    return batches
  }
}

extension DatasetDescription {
  /// A known set as if its files had fewer records, for those who write such files.
  ///
  /// - Parameter records: how many each of its files has.
  /// - Returns: the set, which is itself where it has no files.
  package func limited(toRecordsOfFiles records: Int) -> DatasetDescription {
    guard let batches else { return self }
    return DatasetDescription(
      name: name, title: title, classNames: classNames, side: side,
      source: .binaryBatches(batches.limited(toRecordsOfFiles: records)),
      heldOutImages: heldOutImages)
  }
}
