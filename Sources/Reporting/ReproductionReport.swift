import DistTrain
import Foundation

/// What the trainings of a figure gave so far, drawn and set beside what others published.
public struct ReproductionReport {
  private let figure: PaperFigure
  private let folder: String
  private let results: [NetworkResult]

  /// Reads the run folders that are there, of whatever seeds.
  ///
  /// - Parameters:
  ///   - figure: which figure.
  ///   - folder: the folder of the run folders.
  /// - Throws: `Failure` of kind missingInput if there is no run, or as ``RunRecord/init(_:)`` does.
  public init(_ figure: PaperFigure, in folder: String) throws(Failure) {
    self.figure = figure
    self.folder = folder
    let names = (try? Files.names(in: folder)) ?? []
    var results: [NetworkResult] = []
    for network in figure.networks {
      let seeds = names.compactMap { name in
        name.hasPrefix("\(network.name)-seed")
          ? UInt64(name.dropFirst(network.name.count + 5)) : nil
      }
      var runs: [RunRecord] = []
      for seed in seeds.sorted() {
        let path = "\(folder)/\(network.name)-seed\(seed)"
        if RunFolder(path).holdsRun { runs.append(try RunRecord(path)) }
      }
      if !runs.isEmpty { results.append(NetworkResult(network: network, runs: runs)) }
    }
    if results.isEmpty {
      throw Failure(
        .missingInput,
        "\(folder) holds no run of \(figure.rawValue) yet; train them first, without --draw-only")
    }
    self.results = results
  }

  /// Checks before hours of training that their end can be drawn.
  ///
  /// - Throws: `Failure` of kind environment that says what to install.
  public static func requireGnuplot() throws(Failure) { _ = try Drawing.gnuplot() }

  /// Writes `figure` and `table`, each as SVG and PNG, and `summary.md`.
  ///
  /// - Returns: the files.
  /// - Throws: `Failure` of kind environment where gnuplot is missing, data if no log has a row yet,
  ///   or inputOutput.
  public func write() throws(Failure) -> [String] {
    let drawing = try drawing()
    let table = table()
    var written: [String] = []
    for format in ["svg", "png"] {
      try drawing.write(to: "\(folder)/figure.\(format)")
      try table.write(to: "\(folder)/table.\(format)")
      written += ["\(folder)/figure.\(format)", "\(folder)/table.\(format)"]
    }
    let summary = "\(folder)/summary.md"
    try Files.replace(summary, with: Array(try summaryText().utf8))
    return written + [summary]
  }

  private func drawing() throws(Failure) -> Figure {
    let groups = try CurveGroups(results.flatMap(\.runs))
    switch figure {
    case .plainVersusResidual: return Figure(panels: [Panel(curves: groups.curves)])
    case .increasingDepth: return Figure(panels: groups.panels)
    }
  }

  private func table() -> TableFigure {
    TableFigure(
      columns: ["Model", "Test error", "Least", "He et al.", "tanjeffreyz"],
      rows: results.map { result in
        let published = result.published
        return [
          result.name, result.last, result.least, published.paper ?? "–",
          published.reimplementation ?? "–",
        ]
      })
  }

  /// The text of `summary.md`.
  package func summaryText() throws(Failure) -> String {
    let configuration = results[0].runs[0].configuration
    var lines = [
      "# \(figure.rawValue)", "",
      "Images: \(configuration.dataset.title). Recipe \(configuration.recipe.rawValue), "
        + "\(configuration.iterations) iterations of \(configuration.globalBatch) images, learning "
        + "rate \(configuration.learningRate) with drops at "
        + configuration.milestones.map(String.init).joined(separator: " and ")
        + ", numerics \(configuration.numerics).",
      "", "![Errors over the training](figure.svg)", "",
      "Errors in per cent"
        + (results.contains { $0.runs.count > 1 }
          ? ", mean ± standard deviation of one run where there are several seeds." : "."),
      "",
      "| network | runs | last test error | least test error | last training error | He et al. 2015 "
        + "| tanjeffreyz |",
      "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += results.map { result in
      let published = result.published
      return "| \(result.name) | \(result.runs.count) | \(result.last) | \(result.least) | "
        + "\(result.training) | \(published.paper ?? "–") | \(published.reimplementation ?? "–") |"
    }
    lines += [
      "",
      "He et al. 2015: Table 6, for plain networks read off Figure 6, after 64000 iterations. tanjeffreyz: "
        + "the least test error of one run of tanjeffreyz/deep-residual-learning, of 62560. The last "
        + "training error is the mean over the iterations since the evaluation before.",
      "", "| run | iterations | last | least | ranks | hours | weights sha256 at its end |",
      "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for run in results.flatMap(\.runs) { lines.append(try row(of: run)) }
    lines += [
      "", "Repeat the first epoch of one of them, at any number of ranks, and compare it:", "",
    ]
    if let run = results.first?.runs.first {
      lines.append("    disttrain verify --published \(name(of: run))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func name(of run: RunRecord) -> String { String(run.path.dropFirst(folder.count + 1)) }

  /// A run's line: what it gave, and on what.
  private func row(of run: RunRecord) throws(Failure) -> String {
    let runFolder = RunFolder(run.path)
    let timing = try [TimingRow](contentsOf: runFolder.timingLogPath)
    let ranks = Set(timing.map(\.ranks)).sorted().map(String.init).joined(separator: ", ")
    let hours = timing.reduce(0) { $0 + $1.seconds } / 3600
    let digest = try [HashRow](contentsOf: runFolder.hashLogPath).last?.weightsDigest
    let errors = run.evaluations.map { 100 * $0.testError }
    let cells = [
      name(of: run), "\(run.lastIteration) of \(run.configuration.iterations)",
      NetworkResult.text(Array(errors.suffix(1))),
      NetworkResult.text(errors.min().map { [$0] } ?? []),
      ranks, String(format: "%.2f", hours), digest.map { "`\($0)`" } ?? "–",
    ]
    return "| \(cells.joined(separator: " | ")) |"
  }
}
