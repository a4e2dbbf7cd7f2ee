import Foundation

/// A download of one archive by curl, which goes on where an earlier one ended.
struct Download {
  /// What ends a transfer that went wrong.
  private static let retry = "run again to go on"
  /// No archive of a data set is larger; where the size is not known, more is not its archive.
  private static let largestSize = 1_000_000_000
  private static let gzipMagic: [UInt8] = [0x1f, 0x8b]

  let url: String
  /// The archive's name, for people.
  let name: String
  /// Its bytes, where they are known.
  let size: Int?
  let md5: String
  /// Seconds without a byte after which it ends.
  let patience: Int
  let curl: ExternalProgram
  let notice: @Sendable (String) -> Void
  let progress: @Sendable (DownloadProgress) -> Void
  let isStopRequested: @Sendable () -> Bool

  /// Downloads what is missing, and verifies the whole.
  ///
  /// What turns out to be another file is removed; if a part of it was there already, since that may
  /// have been of another file, all is downloaded once more.
  ///
  /// - Parameter part: what is there already; receives the rest, unless the server cannot continue.
  /// - Returns: the file that holds the whole archive.
  /// - Throws: `Failure` of kind data for another file, inputOutput for server, network and disk, or
  ///   interrupted.
  func complete(_ part: PartialFile) throws(Failure) -> PartialFile {
    // A page that was sent in place of the archive is no beginning of it.
    if part.byteCount > size ?? Self.largestSize || !part.head(2).elementsEqual(Self.gzipMagic) {
      try part.clear()
    }
    let wasThere = part.byteCount
    if wasThere > 0 {
      notice("going on with the \(wasThere) bytes of \(part.path)")
    }
    let whole = try isWhole(part) ? part : transfer(into: part)
    guard let fault = try fault(in: whole) else { return whole }
    if wasThere == 0 || whole !== part {
      whole.remove()
      throw fault
    }
    notice("what was there is of another file; downloading all of it")
    try part.clear()
    return try complete(part)
  }

  /// Whether nothing is missing of what is there.
  private func isWhole(_ part: PartialFile) throws(Failure) -> Bool {
    if let size { return part.byteCount == size }
    if part.byteCount == 0 { return false }
    return try part.md5() == md5
  }

  /// What a transferred file is instead of the archive; nil if it is the archive.
  ///
  /// - Throws: `Failure` of kind inputOutput for one that is only the beginning.
  private func fault(in file: PartialFile) throws(Failure) -> Failure? {
    let count = file.byteCount
    if !file.head(2).elementsEqual(Self.gzipMagic) {
      let what =
        count == 0
        ? "is empty"
        : ForeignFile.description(file.head(1024)) ?? "is no archive compressed by gzip"
      return Failure(.data, "what \(url) gives \(what); give another with --url")
    }
    if let size, count < size {
      throw Failure(.inputOutput, "\(url) ended after \(count) of \(size) bytes; \(Self.retry)")
    }
    if let size, count > size {
      return Failure(
        .data, "\(url) gives more than the \(size) bytes of \(name); give another with --url")
    }
    let digest = try file.md5()
    if digest == md5 { return nil }
    return Failure(
      .data,
      "what \(url) gives has the MD5 \(digest), not the \(md5) of \(name), so it is damaged or "
        + "another file; run again, or give another --url")
  }

  /// Transfers the rest, or all where the server cannot continue.
  ///
  /// - Returns: the file that has all of it.
  private func transfer(into part: PartialFile) throws(Failure) -> PartialFile {
    if try run(into: part) { return part }
    // What is there is kept until the whole has come, since the server may have sent anything.
    notice("the server cannot continue a download; beginning anew")
    let anew = try PartialFile.open(
      part.path + ".anew", notice: notice, isStopRequested: isStopRequested)
    do throws(Failure) {
      try anew.clear()
      _ = try run(into: anew)
      return anew
    } catch {
      let isLonger =
        anew.byteCount > part.byteCount && anew.head(2).elementsEqual(Self.gzipMagic)
      if isLonger { anew.replace(part) } else { anew.remove() }
      throw error
    }
  }

  /// Runs curl.
  ///
  /// - Returns: whether it is done; the server may be unable to continue.
  private func run(into file: PartialFile) throws(Failure) -> Bool {
    let offset = file.byteCount
    let start = monotonicSeconds()
    var isTooLarge = false
    let result = try curl.run(
      [
        "--disable", "--silent", "--show-error", "--fail", "--location", "--max-redirs", "10",
        "--proto", "=http,https,file", "--proto-redir", "=http,https", "--globoff",
        "--connect-timeout", "\(patience)", "--speed-limit", "1", "--speed-time", "\(patience)",
        "--continue-at", "\(offset)", "--url", url,
      ], output: file.descriptor, environment: ["LC_ALL": "C"]
    ) {
      let count = file.byteCount
      let seconds = monotonicSeconds() - start
      progress(
        DownloadProgress(
          name: name, byteCount: count, size: size,
          rate: seconds > 0.5 ? Double(count - offset) / seconds : 0))
      isTooLarge = count > size ?? Self.largestSize
      return !isTooLarge && !isStopRequested()
    }
    if isStopRequested() {
      throw Failure(.interrupted, "stopped by a signal after \(kept(file)); \(Self.retry)")
    }
    // What is too large is told by its size.
    if isTooLarge || result.status == 0 { return true }
    if offset > 0 && hasNoRest(result) { return false }
    throw failure(result, file)
  }

  /// Whether a server or file does not give the rest alone, or has none: 416 of HTTP.
  private func hasNoRest(_ result: ExternalProgram.Result) -> Bool {
    [33, 36].contains(result.status) || result.status == 22 && result.lastErrorLine.hasSuffix("416")
  }

  private func kept(_ file: PartialFile) -> String {
    size.map { "\(file.byteCount) of \($0) bytes" } ?? "\(file.byteCount) bytes"
  }

  /// What curl's exit code means.
  private func failure(_ result: ExternalProgram.Result, _ file: PartialFile) -> Failure {
    let line = result.lastErrorLine
    switch result.status {
    case 1, 3: return Failure(.usage, "--url \(url) cannot be downloaded: \(line)")
    case 23:
      return Failure(
        .inputOutput,
        "cannot write \(file.path), which has \(kept(file)): \(line); free some space, and "
          + Self.retry)
    case 28:
      return Failure(
        .inputOutput,
        "\(url) sent nothing for \(patience) s, after \(kept(file)) (\(line)); \(Self.retry)")
    default:
      return Failure(
        .inputOutput,
        "cannot download \(url), of which \(kept(file)) are there: \(line); "
          + Self.retry)
    }
  }
}
