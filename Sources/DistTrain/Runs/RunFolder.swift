import Foundation

/// The folder of one run: its configuration, logs, checkpoints and final weights.
///
/// Only rank 0 touches it.
package final class RunFolder {
  package let path: String
  /// The run's states.
  package let checkpoints: CheckpointStore
  private var lock: CInt = -1
  private var madeLock = false
  /// Folders that this process made, the innermost first.
  private var madeFolders: [String] = []

  package init(_ path: String) {
    self.path = path
    checkpoints = CheckpointStore("\(path)/checkpoints")
  }

  deinit { if lock >= 0 { close(lock) } }

  package var configurationPath: String { "\(path)/config.json" }
  package var trainLogPath: String { "\(path)/train.csv" }
  package var evaluationLogPath: String { "\(path)/evaluation.csv" }
  package var hashLogPath: String { "\(path)/hashes.csv" }
  package var timingLogPath: String { "\(path)/timing.csv" }
  var unfinishedTimingPath: String { "\(path)/.timing" }
  var consoleLogPath: String { "\(path)/log.txt" }
  package var modelPath: String { "\(path)/model.safetensors" }
  package var bestModelPath: String { "\(path)/best.safetensors" }
  private var lockPath: String { "\(path)/.lock" }

  /// Whether the folder holds a run: once its configuration is there.
  package var holdsRun: Bool { Files.exists(configurationPath) }

  /// Makes a folder of a new name, `runs/<network>-<time>`, that no other training takes.
  ///
  /// - Parameter configuration: the run's configuration.
  /// - Returns: the folder, which is there.
  /// - Throws: `Failure` of kind inputOutput.
  static func makeNew(for configuration: Configuration) throws(Failure) -> RunFolder {
    let shortcut = configuration.network == .plain ? "" : configuration.shortcut.rawValue
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyyMMdd-HHmmss"
    let name =
      "runs/\(configuration.network.rawValue)-\(configuration.depth)\(shortcut)-"
      + formatter.string(from: Date())
    let above = try Files.makeFolder(Files.folder(of: name))
    var number = 1
    while true {
      let folder = RunFolder(number == 1 ? name : "\(name)-\(number)")
      folder.madeFolders = try Files.makeFolder(folder.path)
      if !folder.madeFolders.isEmpty {
        folder.madeFolders += above
        return folder
      }
      // Another training that started in the same second has that name.
      number += 1
    }
  }

  /// Takes the folder for this process, so that no second training writes to it.
  ///
  /// The lock ends with the process, however it ends. A folder that is not there is made, with those
  /// above it. What a killed process left half written is removed.
  ///
  /// - Returns: a warning where the file system has no locks.
  /// - Throws: `Failure` of kind usage if another process has it, or inputOutput.
  package func acquire() throws(Failure) -> String? {
    madeFolders = try Files.makeFolder(path) + madeFolders
    madeLock = !Files.exists(lockPath)
    lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    // Someone else's lock can be taken without the right to write to it.
    if lock < 0 && errno == EACCES { lock = open(lockPath, O_RDONLY | O_CLOEXEC) }
    if lock < 0 { throw Failure(.inputOutput, "cannot open \(lockPath): \(Files.reason())") }
    if flock(lock, LOCK_EX | LOCK_NB) == 0 {
      sweep()
      return nil
    }
    switch errno {
    case EWOULDBLOCK:
      // Another process may have made it just now, and relies on it.
      madeLock = false
      throw Failure(
        .usage, "the run folder \(path) is in use by another process; wait for it, or use --run")
    case ENOSYS, ENOLCK, ENOTSUP, EINVAL:
      return "cannot lock \(lockPath): \(Files.reason()); going on without, so see to it that no "
        + "other training uses the folder"
    default: throw Failure(.inputOutput, "cannot lock \(lockPath): \(Files.reason())")
    }
  }

  /// Removes the temporary files of writes that were killed.
  private func sweep() {
    for name in (try? Files.names(in: path)) ?? [] {
      let isOurs = [
        configurationPath, trainLogPath, evaluationLogPath, hashLogPath, timingLogPath, modelPath,
        bestModelPath,
      ].contains { "\(path)/\(name)" == $0 + Files.temporarySuffix }
      if isOurs { unlink("\(path)/\(name)") }
    }
    checkpoints.sweep()
  }

  /// Writes the configuration, at once or not at all; from then on the folder holds a run.
  func write(_ configuration: Configuration) throws(Failure) {
    madeFolders = try Files.makeFolder(checkpoints.path) + madeFolders
    _ = try checkpoints.iterations()
    try Files.replace(configurationPath, with: Array(try configuration.jsonText().utf8))
  }

  /// Removes the weights of an earlier run that never got as far as a checkpoint, or lost them.
  func removeWeights() {
    unlink(modelPath)
    unlink(bestModelPath)
  }

  /// Leaves things as they were before ``acquire()``, unless the folder holds a run by now.
  package func abandon() {
    if holdsRun || lock < 0 { return }
    if madeLock { unlink(lockPath) }
    for folder in madeFolders { rmdir(folder) }
  }
}
