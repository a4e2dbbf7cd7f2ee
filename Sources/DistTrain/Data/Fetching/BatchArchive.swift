import Foundation

/// The archive of a data set's files of records, of which nothing is trusted but its digest.
struct BatchArchive {
  let path: String
  let description: DatasetDescription
  let batches: BinaryBatches
  let tar: ExternalProgram

  /// An entry of the archive.
  private struct Entry {
    /// As tar lists types: `-` for a regular file, `d` for a folder, and others.
    let type: Character
    let size: Int
    /// The name as it is in the archive.
    let name: String
  }

  /// Unpacks the files of records to a folder, at once or not at all.
  ///
  /// They are written to a temporary folder beside it, checked, had on the disk, and renamed.
  ///
  /// - Parameter target: the folder, which is not there or empty.
  /// - Throws: `Failure` of kind data if the archive is damaged or holds anything that does not
  ///   belong there, inputOutput, or environment.
  func unpack(to target: String) throws(Failure) {
    let names = try checkedNames()
    let temporary = target + Files.temporarySuffix
    try remove(temporary)
    try Files.makeFolder(temporary)
    do throws(Failure) {
      try run(
        [
          "--extract", "--no-same-owner", "--no-same-permissions", "--directory=\(temporary)", "--",
        ] + names)
      try check("\(temporary)/\(batches.folder)")
      if rename("\(temporary)/\(batches.folder)", target) != 0 {
        throw Failure(.inputOutput, "cannot rename \(temporary) to \(target): \(Files.reason())")
      }
    } catch {
      try? remove(temporary)
      throw error
    }
    try remove(temporary)
    try Files.synchronizeFolder(Files.folder(of: target))
  }

  private func remove(_ folder: String) throws(Failure) {
    if !Files.exists(folder) { return }
    do { try FileManager.default.removeItem(atPath: folder) } catch {
      throw Failure(.inputOutput, "cannot remove \(folder): \(error.localizedDescription)")
    }
  }

  private func invalid(_ reason: String) -> Failure {
    Failure(
      .data, "\(path) is not the archive of \(description.title): \(reason); fetch it again")
  }

  /// Runs tar on the archive.
  @discardableResult
  private func run(_ arguments: [String]) throws(Failure) -> String {
    let result = try tar.run(
      ["--gzip", "--force-local", "--file=\(path)"] + arguments,
      environment: ["LC_ALL": "C", "TZ": "UTC", "TAR_OPTIONS": nil, "GZIP": nil])
    if result.status == 0 { return String(decoding: result.output, as: UTF8.self) }
    let lines = result.errors.split(whereSeparator: \.isNewline).map(String.init)
    let causes = ["No space left", "quota exceeded", "File too large", "Permission denied"]
    if let line = lines.first(where: { line in causes.contains { line.contains($0) } }) {
      throw Failure(
        .inputOutput, "cannot unpack \(path): \(line); free some space, and run again")
    }
    throw invalid("tar says: \(lines.first ?? "nothing")")
  }

  /// The names of the files of records, after a look at all that the archive holds.
  private func checkedNames() throws(Failure) -> [String] {
    let listing = try run(["--list", "--verbose", "--numeric-owner", "--quoting-style=escape"])
    let sizes = sizes
    var names: [String: String] = [:]
    for line in listing.split(separator: "\n") {
      let entry = try entry(line)
      let name = entry.name.hasPrefix("./") ? String(entry.name.dropFirst(2)) : entry.name
      if entry.type == "d", ["", batches.folder, batches.folder + "/"].contains(name) { continue }
      guard entry.type == "-" else {
        throw invalid("it has \(entry.name), which is no regular file")
      }
      if let size = sizes[name] {
        if size != entry.size {
          throw invalid("its \(entry.name) has \(entry.size) bytes, not \(size)")
        }
      } else if !batches.archive.otherFiles.contains(where: { name == "\(batches.folder)/\($0)" }) {
        throw invalid("it has \(entry.name), which does not belong there")
      }
      if names.updateValue(entry.name, forKey: name) != nil {
        throw invalid("it has \(entry.name) twice")
      }
    }
    return try batches.allFiles.map { (file) throws(Failure) in
      guard let name = names["\(batches.folder)/\(file.name)"] else {
        throw invalid("it lacks \(batches.folder)/\(file.name)")
      }
      return name
    }
  }

  /// The bytes of each file of records, by its name in the archive.
  private var sizes: [String: Int] {
    let files = batches.allFiles
    return Dictionary(
      uniqueKeysWithValues: files.map {
        ("\(batches.folder)/\($0.name)", batches.byteCount(of: $0, description))
      })
  }

  /// Reads a line such as `-rw-r--r-- 2156/1103 30730000 2009-06-04 20:39 folder/file`.
  private func entry(_ line: Substring) throws(Failure) -> Entry {
    let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
    guard fields.count == 6, let type = fields[0].first else {
      throw invalid("tar lists \(line)")
    }
    // Devices have two numbers in place of a size.
    return Entry(type: type, size: Int(fields[2]) ?? 0, name: String(fields[5]))
  }

  /// Checks that files of the right sizes came out, and has them on the disk.
  private func check(_ folder: String) throws(Failure) {
    for file in batches.allFiles {
      let name = "\(folder)/\(file.name)"
      let descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      if descriptor < 0 { throw invalid("it gives no \(file.name)") }
      defer { close(descriptor) }
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        status.st_nlink == 1, Int(status.st_size) == batches.byteCount(of: file, description)
      else { throw invalid("it gives a \(file.name) of another size") }
      try Files.synchronize(descriptor, path: name)
    }
    try Files.synchronizeFolder(folder)
  }
}

extension BinaryBatches {
  /// The bytes of a file of records.
  func byteCount(of file: File, _ description: DatasetDescription) -> Int {
    file.records * (labelBytes + ImageSet.imageBytes(side: description.side))
  }
}
