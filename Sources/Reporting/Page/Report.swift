import DistTrain

/// A page about one run, `report.html` in its folder, that needs nothing but itself.
public struct Report {
  private let run: RunRecord
  private let timings: [TimingRow]
  private let hashes: [HashRow]
  private let weights: Result<RunWeights, Failure>

  /// Gathers what a report is about; evaluates the run's weights on all test images, on one core.
  ///
  /// Weights or data that are missing cost the parts about them.
  ///
  /// - Parameters:
  ///   - path: the run folder.
  ///   - dataFolder: where the data set is; nil for where `train` looks.
  ///   - warn: told what is not as it should be.
  /// - Throws: `Failure` as ``RunRecord/init(_:)`` does.
  public init(_ path: String, dataFolder: String?, warn: (String) -> Void) throws(Failure) {
    run = try RunRecord(path)
    let folder = RunFolder(path)
    timings =
      Files.exists(folder.timingLogPath)
      ? try RunRecord.rows(folder.timingLogPath) { (row: TimingRow) in row.isPlausible } : []
    hashes =
      Files.exists(folder.hashLogPath)
      ? try RunRecord.rows(folder.hashLogPath) { (_: HashRow) in true } : []
    do throws(Failure) {
      let evaluated = try RunWeights(of: run, dataFolder: dataFolder)
      if let warning = evaluated.inspection.warning { warn(warning) }
      weights = .success(evaluated)
    } catch {
      warn("the report is without an evaluation: \(error.message)")
      weights = .failure(error)
    }
  }

  /// Writes the page into the run folder, whole or not at all; the same run gives the same bytes.
  ///
  /// - Returns: the file.
  /// - Throws: `Failure` of kind inputOutput.
  public func write() throws(Failure) -> String {
    let path = "\(run.path)/report.html"
    try Files.replace(path, with: Array(page.utf8))
    return path
  }

  private var title: String {
    "\(run.configuration.shortName) on \(run.configuration.dataset.title)"
  }

  /// The page.
  package var page: String {
    let sections =
      [
        OutcomeSection(run: run, timings: timings, digest: digest).markup,
        ProgressSection(run: run, timings: timings).markup,
      ] + evaluation + [
        RepetitionSection(run: run, digest: digest).markup
      ]
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <link rel="icon" href="data:,">
      <title>\(HTML.escaped(title))</title>
      <style>
      \(PageStyle.css)
      </style>
      </head>
      <body>
      <main>
      <h1>\(HTML.escaped(title))</h1>
      \(sections.joined(separator: "\n"))
      </main>
      </body>
      </html>

      """
  }

  /// The digest of the newest weights that one is known of, and the iteration.
  private var digest: (text: String, iteration: Int)? {
    if let last = hashes.last { return (last.weightsDigest, last.iteration) }
    guard run.isFinished, case .success(let weights) = weights, weights.name == "model.safetensors"
    else { return nil }
    return (weights.inspection.weightsDigest, run.configuration.iterations)
  }

  private var evaluation: [String] {
    switch weights {
    case .failure(let failure):
      return [
        HTML.section(
          "On the test images",
          [HTML.note("There is no evaluation here: \(failure.message).")])
      ]
    case .success(let weights):
      return [
        TestSection(weights: weights, holdsOut: run.configuration.holdsOut).markup,
        ResponseSection(
          responses: weights.inspection.responses,
          isResidual: run.configuration.network == .residual
        ).markup,
      ]
    }
  }
}
