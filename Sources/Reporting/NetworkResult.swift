import DistTrain
import Foundation

/// What the runs of one network of a figure gave, one run for each seed.
struct NetworkResult {
  let network: PaperFigure.Network
  /// By ascending seed; one at least.
  let runs: [RunRecord]

  /// What others published.
  var published: PublishedErrors { PublishedErrors(network, on: runs[0].configuration.dataset) }

  /// A quantity of several runs: its mean, and the deviation of one run where there are several.
  static func text(_ values: [Double]) -> String {
    if values.isEmpty { return "–" }
    let mean = values.reduce(0, +) / Double(values.count)
    if values.count == 1 { return String(format: "%.2f", mean) }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return String(format: "%.2f ± %.2f", mean, (squares / Double(values.count - 1)).squareRoot())
  }

  /// Test errors of the last evaluation, in per cent.
  var last: String { Self.text(runs.compactMap { $0.evaluations.last }.map { 100 * $0.testError }) }

  /// The least test error of all evaluations, in per cent.
  var least: String {
    Self.text(runs.compactMap { $0.evaluations.map(\.testError).min() }.map { 100 * $0 })
  }

  /// Training errors since the evaluation before the last, in per cent.
  var training: String {
    Self.text(runs.compactMap { $0.evaluations.last }.map { 100 * $0.trainError })
  }

  /// The network's name, with what it still lacks.
  var name: String {
    let unfinished = runs.filter { !$0.isFinished }
    let name = runs[0].configuration.shortName
    if unfinished.isEmpty { return runs.count == 1 ? name : "\(name) (\(runs.count) seeds)" }
    let least = unfinished.map(\.lastIteration).min() ?? 0
    return "\(name) (at \(least) of \(runs[0].configuration.iterations))"
  }
}
