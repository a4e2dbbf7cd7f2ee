import Foundation
import ResNet

/// Whether the file system of a run folder keeps what a run relies on.
package struct FolderDiagnosis {
  private static let subject = "run folder"
  /// Kinds that lose all files when the machine or its container ends.
  private static let passing: Set = ["overlay", "ramfs", "tmpfs"]

  private let folder: String
  private let needBytes: Int

  /// Prepares to try the folder of a run.
  ///
  /// - Parameters:
  ///   - folder: it, whether it is there or not; nil for `runs`.
  ///   - configuration: the run's.
  init(_ folder: String?, _ configuration: Configuration) {
    let name = folder ?? "runs"
    self.folder = name.hasPrefix("/") ? name : "\(FileManager.default.currentDirectoryPath)/\(name)"
    // What `train` keeps by default, the one that it writes, and the weights alone.
    needBytes = 5 * Self.checkpointBytes(configuration)
  }

  /// About the bytes of a checkpoint.
  static func checkpointBytes(_ configuration: Configuration) -> Int {
    let layout = ParameterLayout(configuration.architecture)
    return MemoryLayout<Float>.stride
      * ((1 + optimizerBufferNames.count) * layout.parameterCount + layout.statisticsCount)
  }

  var finding: Finding {
    var place = folder
    // A run makes its folder; what is there by then is the one above.
    while !Files.exists(place) && Files.folder(of: place) != place {
      place = Files.folder(of: place)
    }
    let system = FileSystem(of: place)
    do throws(Failure) {
      let trial = try FolderTrial(in: place)
      defer { trial.remove() }
      let lock = try trial.lock()
      try trial.write()
      return Self.finding(
        place, kind: system.kind, lock: lock, freeBytes: system.freeBytes, needBytes: needBytes)
    } catch {
      return Finding(
        Self.subject, .wrong, "\(Self.words(place, system.kind)): \(error.message)",
        remedy: "name another folder with --run")
    }
  }

  /// Judges a file system that can be written.
  ///
  /// - Parameters:
  ///   - place: a folder of it.
  ///   - kind: the kernel's name of its kind.
  ///   - lock: what its locks did.
  ///   - freeBytes: what is free of it.
  ///   - needBytes: what a run takes.
  /// - Returns: what was found.
  package static func finding(
    _ place: String, kind: String?, lock: FolderTrial.Lock, freeBytes: Int?, needBytes: Int
  ) -> Finding {
    let what = words(place, kind)
    if let freeBytes, freeBytes < needBytes {
      return Finding(
        subject, .wrong, "\(what) has \(freeBytes) bytes free, but a run takes about \(needBytes)",
        remedy: "free some, or name another folder with --run")
    }
    switch lock {
    case .missing(let reason):
      return Finding(
        subject, .warning, "\(what) has no locks (\(reason))",
        remedy: "see to it that no two trainings use one folder, or name another with --run")
    case .empty:
      return Finding(
        subject, .warning, "\(what) gives one lock to two",
        remedy: "see to it that no two trainings use one folder, or name another with --run")
    case .held: break
    }
    if let kind, passing.contains(kind) {
      let end = kind == "overlay" ? "the container" : "the machine"
      return Finding(
        subject, .warning, "\(what) locks and keeps files, but not beyond \(end)'s end",
        remedy: "name a folder on a disk with --run")
    }
    return Finding(subject, "\(what) locks, synchronises and renames files")
  }

  private static func words(_ place: String, _ kind: String?) -> String {
    "\(place) (\(kind ?? "of an unknown file system"))"
  }
}
