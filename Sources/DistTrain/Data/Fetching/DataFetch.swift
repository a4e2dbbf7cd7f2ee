import Foundation

/// What `data fetch` was asked to do.
public struct DataFetchRequest: Sendable {
  /// `--dataset`: which set.
  public var dataset = DatasetDescription.cifar10
  /// `--into`: the folder that receives the set's own; nil for the cache's.
  public var folder: String?
  /// `--url`: where to take the archive from; nil for its authors.
  public var url: String?
  /// `--md5`: its MD5, where it is not the official archive.
  public var md5: String?
  /// `--timeout`: seconds without a byte after which the download ends.
  public var patience = 60
  /// Told what is done.
  public var notice: @Sendable (String) -> Void = { _ in }
  /// Told about twenty times a second how far the download is.
  public var progress: @Sendable (DownloadProgress) -> Void = { _ in }
  /// Whether this process was asked to stop.
  public var isStopRequested: @Sendable () -> Bool = { false }

  /// Makes a request of the defaults.
  public init() {}

  /// Checks the flags.
  ///
  /// - Throws: `Failure` of kind usage that names the flag, its value and the remedy.
  public func check() throws(Failure) {
    _ = try dataset.requireBatches()
    if let url, !["http://", "https://", "file://"].contains(where: url.lowercased().hasPrefix) {
      throw Failure(.usage, "--url \(url) is none of http://, https:// and file://")
    }
    if let md5 {
      if url == nil { throw Failure(.usage, "--md5 needs --url: name the archive that has it") }
      if md5.utf8.count != 32 || !md5.allSatisfy(\.isHexDigit) {
        throw Failure(.usage, "--md5 \(md5) is not 32 hexadecimal digits")
      }
    }
    if !(1...86_400).contains(patience) {
      throw Failure(.usage, "--timeout \(patience) is not between 1 and 86400 seconds")
    }
  }
}

/// Fetches a data set's archive and unpacks it to where it is used.
public struct DataFetch {
  private let request: DataFetchRequest
  private let description: DatasetDescription
  private let batches: BinaryBatches
  /// Where the archive goes meanwhile.
  private let folder: String
  /// Where the files go.
  private let target: String

  /// Prepares to fetch.
  ///
  /// - Parameter request: what to fetch.
  /// - Throws: `Failure` of kind usage.
  public init(_ request: DataFetchRequest) throws(Failure) {
    try request.check()
    self.request = request
    description = request.dataset
    batches = try request.dataset.requireBatches()
    folder =
      request.folder
      ?? BinaryBatches.cacheFolder(environment: ProcessInfo.processInfo.environment)
    target = "\(folder)/\(batches.folder)"
  }

  /// Fetches, unless the official files are there.
  ///
  /// - Returns: what was done, in one line.
  /// - Throws: `Failure` of kind data for another archive or other files in the way, inputOutput for
  ///   server, network and disk, environment where a program is missing, or interrupted.
  public func run() throws(Failure) -> String {
    if Files.exists("\(folder)/\(batches.testFile.name)") {
      throw Failure(.usage, "\(folder) has files of a data set itself; give --into another folder")
    }
    if try isThere() { return found }
    let curl = try program("curl", "downloads")
    let tar = try program("tar", "unpacks")
    // tar calls it.
    _ = try program("gzip", "unpacks")
    try Files.makeFolder(folder)
    let part = try PartialFile.open(
      "\(folder)/\(batches.archive.name).part", notice: request.notice,
      isStopRequested: request.isStopRequested)
    defer { if part.byteCount == 0 { part.remove() } }
    // Another process may have fetched it since.
    if try isThere() { return found }
    let whole = try download(curl).complete(part)
    request.notice("unpacking \(whole.path)")
    do throws(Failure) {
      try BatchArchive(
        path: whole.path, description: description, batches: batches, tar: tar
      ).unpack(to: target)
    } catch {
      // What is no archive of the set will not become one.
      if error.kind == .data { whole.remove() }
      throw error
    }
    whole.remove()
    part.remove()
    return try conclusion()
  }

  private func program(_ name: String, _ purpose: String) throws(Failure) -> ExternalProgram {
    try ExternalProgram([name], purpose: "\(purpose) \(batches.archive.name)", package: name)
  }

  private func download(_ curl: ExternalProgram) -> Download {
    let official = batches.archive
    let md5 = request.md5?.lowercased() ?? official.md5
    return Download(
      url: request.url ?? official.url, name: official.name,
      size: md5 == official.md5 ? official.size : nil, md5: md5, patience: request.patience,
      curl: curl, notice: request.notice, progress: request.progress,
      isStopRequested: request.isStopRequested)
  }

  /// Whether the official files are there.
  ///
  /// - Throws: `Failure` of kind data if others are, which are left alone.
  private func isThere() throws(Failure) -> Bool {
    if !Files.exists(target) || (try? Files.names(in: target))?.isEmpty == true { return false }
    let fault: String
    do throws(Failure) {
      guard let warning = try DataCheck(description, from: target).warning else { return true }
      fault = warning
    } catch {
      fault = error.message
    }
    throw Failure(
      .data,
      "\(target) is in the way: \(fault); move it away, or give --into another folder")
  }

  private var found: String { "\(description.title) is in \(target) already" }

  /// What was fetched; an archive of one's own may hold other images.
  private func conclusion() throws(Failure) -> String {
    if request.md5 != nil, let warning = try DataCheck(description, from: target).warning {
      request.notice("warning: \(warning)")
    }
    let used = batches.defaultFolder(environment: ProcessInfo.processInfo.environment)
    let hint = used == target ? "" : "; train looks in \(used), so give it --data \(target)"
    return "\(description.title) is in \(target)\(hint)"
  }
}
