import DistTrain

/// The weights of a run that its report evaluates: the final ones, or the newest that are there.
struct RunWeights {
  /// The file's name in the run folder.
  let name: String
  let inspection: TestInspection

  /// Evaluates the first sound file of the final weights, the checkpoints from the newest on, and the
  /// weights of the best evaluation.
  ///
  /// - Parameters:
  ///   - run: the run.
  ///   - dataFolder: where the data set is; nil for where `train` looks.
  /// - Throws: `Failure` of the first file, where none can be evaluated.
  init(of run: RunRecord, dataFolder: String?) throws(Failure) {
    let folder = RunFolder(run.path)
    let checkpoints = (try? folder.checkpoints.iterations()) ?? []
    let files =
      [folder.modelPath] + checkpoints.map { folder.checkpoints.file(of: $0) }
      + [folder.bestModelPath]
    var first: Failure?
    for file in files where Files.exists(file) {
      do throws(Failure) {
        inspection = try TestInspection(weights: file, dataFolder: dataFolder)
        name = String(file.dropFirst(folder.path.count).drop { $0 == "/" })
        return
      } catch { first = first ?? error }
    }
    throw first
      ?? Failure(.missingInput, "\(run.path) has no weights yet, neither checkpoints nor a model")
  }
}
