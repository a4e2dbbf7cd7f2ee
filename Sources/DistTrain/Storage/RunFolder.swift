import Foundation

/// The folder of one run: its configuration, logs, checkpoints and final weights.
///
/// Only rank 0 touches it.
final class RunFolder {
  let path: String
  private var lock: CInt = -1
  /// Folders that ``acquire()`` made, the innermost first.
  private var madeFolders: [String] = []

  init(_ path: String) { self.path = path }

  deinit { if lock >= 0 { close(lock) } }

  var configurationPath: String { "\(path)/config.json" }
  var trainLogPath: String { "\(path)/train.csv" }
  var evaluationLogPath: String { "\(path)/evaluation.csv" }
  var timingLogPath: String { "\(path)/timing.csv" }
  var consoleLogPath: String { "\(path)/log.txt" }
  var modelPath: String { "\(path)/model.safetensors" }
  private var lockPath: String { "\(path)/.lock" }
  var checkpointsPath: String { "\(path)/checkpoints" }

  /// Whether the folder holds a run: once its configuration is there.
  var holdsRun: Bool { FileManager.default.fileExists(atPath: configurationPath) }

  /// Takes the folder for this process, so that no second training writes to it.
  ///
  /// The lock ends with the process, however it ends. A folder that is not there is made, with those
  /// above it.
  ///
  /// - Throws: `Failure` of kind usage if another process has it, or inputOutput.
  func acquire() throws(Failure) {
    madeFolders = missingFolders()
    try Files.makeFolder(path)
    lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    if lock < 0 { throw Failure(.inputOutput, "cannot open \(lockPath): \(Files.reason())") }
    if flock(lock, LOCK_EX | LOCK_NB) != 0 {
      throw Failure(
        .usage, "the run folder \(path) is in use by another process; wait for it, or use --run")
    }
  }

  /// The path and the folders above it that are not there yet, the innermost first.
  private func missingFolders() -> [String] {
    var missing: [String] = []
    var url = URL(fileURLWithPath: path)
    while url.path != "/" && !FileManager.default.fileExists(atPath: url.path) {
      missing.append(url.path)
      url.deleteLastPathComponent()
    }
    return missing
  }

  /// Leaves things as they were before ``acquire()``, unless the folder holds a run by now.
  func abandon() {
    if holdsRun || lock < 0 { return }
    unlink(lockPath)
    for folder in madeFolders { rmdir(folder) }
  }

  func checkpointPath(iteration: Int) -> String {
    let digits = String(iteration)
    let zeros = String(repeating: "0", count: max(0, 8 - digits.count))
    return "\(checkpointsPath)/step-\(zeros)\(digits).safetensors"
  }

  /// `runs/<network>-<time>`.
  static func defaultPath(_ overrides: ConfigurationOverrides) -> String {
    let network = overrides.network ?? .residual
    let shortcut = network == .plain ? "" : (overrides.shortcut ?? .A).rawValue
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyyMMdd-HHmmss"
    let name = "\(network.rawValue)-\(overrides.depth ?? 20)\(shortcut)"
    return "runs/\(name)-\(formatter.string(from: Date()))"
  }

  /// The iterations that have a checkpoint, newest first.
  func checkpointIterations() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpointsPath)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".safetensors") else { return nil }
      return Int(name.dropFirst(5).dropLast(12))
    }.sorted(by: >)
  }

  /// Writes a checkpoint and removes all but the newest ones.
  ///
  /// - Parameters:
  ///   - checkpoint: the state.
  ///   - keep: how many checkpoints stay.
  /// - Throws: `Failure` of kind inputOutput.
  func write(_ checkpoint: Checkpoint, keep: Int) throws(Failure) {
    try Files.makeFolder(checkpointsPath)
    try Files.replace(
      checkpointPath(iteration: checkpoint.iteration), with: try checkpoint.content().encoded())
    for iteration in checkpointIterations().dropFirst(keep) {
      unlink(checkpointPath(iteration: iteration))
    }
  }

  /// The newest sound checkpoint of the run that the folder holds, if it holds one.
  ///
  /// - Parameter warn: told of every newer one that cannot be read.
  /// - Returns: nil where a run is to start anew.
  /// - Throws: `Failure` of kind data if there are checkpoints but none is sound.
  func newestCheckpointIfRun(warn: (String) -> Void) throws(Failure) -> Checkpoint? {
    holdsRun ? try newestCheckpoint(warn: warn) : nil
  }

  /// The newest checkpoint that can be read.
  ///
  /// - Parameter warn: told of every newer one that cannot.
  /// - Returns: nil where there is no checkpoint at all.
  /// - Throws: `Failure` of kind data if there are checkpoints but none is sound.
  func newestCheckpoint(warn: (String) -> Void) throws(Failure) -> Checkpoint? {
    let iterations = checkpointIterations()
    for iteration in iterations {
      let file = checkpointPath(iteration: iteration)
      do throws(Failure) {
        return try Checkpoint(Safetensors(contentsOf: file), iteration: iteration, file: file)
      } catch {
        warn("passing over a checkpoint: \(error.message)")
      }
    }
    if iterations.isEmpty { return nil }
    throw Failure(
      .data,
      "none of the \(iterations.count) checkpoints in \(checkpointsPath) is sound; remove them to "
        + "start anew, or restore one")
  }
}
