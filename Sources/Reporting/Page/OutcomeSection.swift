import DistTrain
import Foundation

/// What was trained and how it ended, in words and as a table.
struct OutcomeSection {
  let run: RunRecord
  let timings: [TimingRow]
  let digest: (text: String, iteration: Int)?

  var markup: String {
    var parts = [HTML.paragraph(HTML.escaped(story))]
    if !run.isFinished {
      parts.append(
        HTML.note(
          "The run is not finished: its logs end at iteration \(grouped(run.lastIteration)) of "
            + "\(grouped(run.configuration.iterations)). What follows is as far as it has come."))
    }
    return (parts + [HTML.facts(facts)]).joined(separator: "\n")
  }

  private var evaluated: String { run.configuration.holdsOut ? "held-out" : "test" }

  private var best: EvaluationRow? {
    run.evaluations.min { ($0.testError, $0.iteration) < ($1.testError, $1.iteration) }
  }

  private var story: String {
    let configuration = run.configuration
    let kind =
      configuration.network == .plain
      ? "A plain network" : "A residual network with shortcuts \(configuration.shortcut.rawValue)"
    let epochs =
      Double(configuration.iterations) * Double(configuration.globalBatch)
      / Double(configuration.trainImages)
    var text =
      "\(kind), \(configuration.depth) layers deep, with \(grouped(configuration.parameters)) "
      + "parameters, trained on \(grouped(configuration.trainImages)) images of "
      + "\(configuration.dataset.title) for \(grouped(configuration.iterations)) iterations of "
      + "\(configuration.globalBatch) images, \(Self.short(epochs)) epochs, with seed "
      + "\(configuration.seed) and the recipe \(configuration.recipe.rawValue)."
    if let last = run.evaluations.last {
      text +=
        run.isFinished
        ? " It ended with a \(evaluated) error of " : " So far it has a \(evaluated) error of "
      text += "\(Self.percent(last.testError)) and a training error of "
      text += "\(Self.percent(last.trainError))."
    }
    return text
  }

  private var facts: [(name: String, value: String)] {
    var rows: [(name: String, value: String)] = [
      ("iterations", "\(grouped(run.lastIteration)) of \(grouped(run.configuration.iterations))")
    ]
    if let last = run.evaluations.last {
      rows += [
        (
          "\(evaluated) error",
          "\(Self.percent(last.testError)) at iteration "
            + grouped(last.iteration)
        ),
        ("\(evaluated) loss", String(format: "%.4f", last.testLoss)),
      ]
    }
    if let best {
      rows.append(
        (
          "least \(evaluated) error",
          "\(Self.percent(best.testError)) at iteration \(grouped(best.iteration)), of "
            + "\(run.evaluations.count) evaluations; chosen by the images that it is measured on"
        ))
    }
    if let last = run.evaluations.last {
      rows.append(
        ("training error", "\(Self.percent(last.trainError)), since the evaluation before"))
    }
    if let last = run.training.last {
      rows.append(
        ("training loss", String(format: "%.4f", last.loss) + ", since the row before"))
    }
    if !timings.isEmpty {
      let seconds = timings.map(\.seconds).reduce(0, +)
      let ranks = Set(timings.map(\.ranks)).sorted().map(String.init).joined(separator: ", ")
      rows.append(("time of the training steps", "\(Self.duration(seconds)), on \(ranks) ranks"))
    }
    if let digest {
      rows.append(("weights SHA-256", "\(digest.text) at iteration \(grouped(digest.iteration))"))
    }
    return rows
  }

  static func percent(_ fraction: Double) -> String {
    String(format: "%.2f\u{a0}%%", 100 * fraction)
  }

  private static func short(_ number: Double) -> String {
    number == number.rounded() ? grouped(Int(number)) : String(format: "%.2f", number)
  }

  static func duration(_ seconds: Double) -> String {
    if seconds < 120 { return String(format: "%.1f s", seconds) }
    let minutes = Int((seconds / 60).rounded())
    return minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
