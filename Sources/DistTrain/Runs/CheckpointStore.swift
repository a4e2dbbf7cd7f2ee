import Foundation

/// The checkpoints of a run, as files of one folder, of which the newest sound ones are kept.
///
/// A file is sound where its content has the digest that it was written with; it is the run's where
/// it has the digest of the run's configuration.
package final class CheckpointStore {
  let path: String
  /// What is known of files by now; every other one is read when it matters.
  private var isSound: [Int: Bool] = [:]

  package init(_ path: String) { self.path = path }

  /// The file of an iteration.
  package func file(of iteration: Int) -> String { "\(path)/\(Self.name(of: iteration))" }

  private static func name(of iteration: Int) -> String {
    let digits = String(iteration)
    return "step-\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).safetensors"
  }

  /// The iterations that have a file, newest first; files of other names are passed over.
  ///
  /// - Throws: `Failure` of kind inputOutput if the folder is not there or cannot be read.
  package func iterations() throws(Failure) -> [Int] {
    let names: [String]
    do throws(Failure) { names = try Files.names(in: path) } catch {
      throw Failure(
        error.kind, "\(error.message); is its disk mounted? The run is as it was")
    }
    return names.compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".safetensors"),
        let iteration = Int(name.dropFirst(5).dropLast(12)), Self.name(of: iteration) == name
      else { return nil }
      return iteration
    }.sorted(by: >)
  }

  /// Whether there are any checkpoints; a folder that is not there has none.
  var isEmpty: Bool { ((try? iterations()) ?? []).isEmpty }

  /// The newest sound checkpoint of a run.
  ///
  /// - Parameters:
  ///   - configuration: the run's configuration.
  ///   - warn: told of every newer one that is passed over.
  /// - Returns: nil where there is no checkpoint at all.
  /// - Throws: `Failure` of kind data if there are checkpoints but none is sound and the run's, or
  ///   inputOutput if the folder is not there or cannot be read.
  func newest(
    of configuration: Configuration, warn: (String) throws(Failure) -> Void
  ) throws(Failure) -> Checkpoint? {
    let iterations = try iterations()
    for iteration in iterations {
      do throws(Failure) { return try read(iteration, of: configuration) } catch {
        try warn("passing over a checkpoint: \(error.message)")
      }
    }
    if iterations.isEmpty { return nil }
    throw Failure(
      .data,
      "none of the \(iterations.count) checkpoints in \(path) is sound and of this run; remove "
        + "them to start anew, or restore one")
  }

  private func read(
    _ iteration: Int, of configuration: Configuration
  ) throws(Failure) -> Checkpoint {
    let file = file(of: iteration)
    isSound[iteration] = false
    let checkpoint = try Checkpoint(
      Safetensors(contentsOf: file), iteration: iteration, file: file)
    guard checkpoint.configurationDigest == (try configuration.digest()) else {
      throw Failure(.data, "\(file) is of another configuration")
    }
    guard iteration <= configuration.iterations else {
      throw Failure(
        .data, "\(file) is past the run's \(configuration.iterations) iterations")
    }
    isSound[iteration] = true
    return checkpoint
  }

  /// Removes the checkpoints after an iteration, from which the run continues on another way.
  func removeNewer(than iteration: Int) throws(Failure) {
    for newer in try iterations() where newer > iteration { unlink(file(of: newer)) }
  }

  /// Writes a checkpoint and removes those beyond the newest sound ones.
  ///
  /// - Parameters:
  ///   - checkpoint: the state, the newest of its run.
  ///   - configuration: the run's configuration.
  ///   - keep: how many sound checkpoints stay, this one included.
  /// - Throws: `Failure` of kind inputOutput.
  func write(
    _ checkpoint: Checkpoint, of configuration: Configuration, keep: Int
  ) throws(Failure) {
    try Files.replace(
      file(of: checkpoint.iteration), with: try checkpoint.content().encoded())
    isSound[checkpoint.iteration] = true
    var kept = 0
    for iteration in try iterations() where iteration <= checkpoint.iteration {
      if kept == keep {
        unlink(file(of: iteration))
      } else if isSound(iteration, of: configuration) {
        kept += 1
      }
    }
  }

  private func isSound(_ iteration: Int, of configuration: Configuration) -> Bool {
    if isSound[iteration] == nil { _ = try? read(iteration, of: configuration) }
    return isSound[iteration] ?? false
  }

  /// Removes the temporary files of writes that were killed.
  func sweep() {
    for name in (try? Files.names(in: path)) ?? []
    where name.hasPrefix("step-") && name.hasSuffix(Files.temporarySuffix) {
      unlink("\(path)/\(name)")
    }
  }
}
