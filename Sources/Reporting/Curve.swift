import DistTrain

/// The errors of a network over its training: of one run, or of several that differ in the seed.
public struct Curve: Sendable {
  /// What the legend calls it.
  public var label: String
  /// Its colour; the training error has the same one pale.
  public var color: CurveColor
  /// Its runs.
  public let runs: [RunRecord]

  /// Makes the curve of some runs.
  ///
  /// - Parameters:
  ///   - label: what the legend calls it; drawn as it is.
  ///   - color: its colour.
  ///   - runs: their folders, one at least.
  /// - Throws: `Failure` as ``RunRecord/init(_:)`` does.
  public init(label: String, color: CurveColor, runs: [String]) throws(Failure) {
    var records: [RunRecord] = []
    for path in runs { records.append(try RunRecord(path)) }
    self.init(label: label, color: color, runs: records)
  }

  /// Makes the curve of runs that were read.
  ///
  /// - Parameters:
  ///   - label: what the legend calls it; drawn as it is.
  ///   - color: its colour.
  ///   - runs: the runs, one at least.
  public init(label: String, color: CurveColor, runs: [RunRecord]) {
    precondition(!runs.isEmpty, "a curve of no run")
    self.label = label
    self.color = color
    self.runs = runs
  }

  /// Errors on images that were not trained on, in per cent.
  var test: [CurvePoint] {
    CurvePoint.average(
      runs.map { run in
        run.evaluations.map { .init(iteration: $0.iteration, epoch: $0.epoch, error: $0.testError) }
      })
  }

  /// Errors on training images, in per cent: since the evaluation before where there are evaluations,
  /// else of the rows of `train.csv`.
  var training: [CurvePoint] {
    let hasEvaluations = runs.contains { !$0.evaluations.isEmpty }
    return CurvePoint.average(
      runs.map { run in
        hasEvaluations
          ? run.evaluations.map {
            .init(iteration: $0.iteration, epoch: $0.epoch, error: $0.trainError)
          }
          : run.training.map { .init(iteration: $0.iteration, epoch: $0.epoch, error: $0.error) }
      })
  }

  /// The iterations at which the learning rate dropped.
  var drops: Set<Int> {
    Set(runs.flatMap { run in run.configuration.milestones.filter { $0 < run.lastIteration } })
  }

  /// Images seen in an iteration, divided by the training images.
  var epochsPerIteration: Double {
    let configuration = runs[0].configuration
    return Double(configuration.globalBatch) / Double(configuration.trainImages)
  }
}

/// A point of a curve, with what its runs range over.
struct CurvePoint: Equatable {
  /// An error of one run.
  struct Sample {
    let iteration: Int
    let epoch: Double
    /// A fraction of 1.
    let error: Double
  }

  let iteration: Int
  let epoch: Double
  /// In per cent.
  let mean: Double
  let least: Double
  let greatest: Double

  /// Averages runs, at each iteration over those that have it.
  ///
  /// - Parameter runs: the samples of each run.
  /// - Returns: points by ascending iteration.
  static func average(_ runs: [[Sample]]) -> [CurvePoint] {
    let samples = Dictionary(grouping: runs.joined(), by: \.iteration)
    return samples.keys.sorted().compactMap { iteration in
      guard let group = samples[iteration], let first = group.first else { return nil }
      let errors = group.map { 100 * $0.error }
      return CurvePoint(
        iteration: iteration, epoch: first.epoch,
        mean: errors.reduce(0, +) / Double(errors.count), least: errors.min() ?? 0,
        greatest: errors.max() ?? 0)
    }
  }
}
