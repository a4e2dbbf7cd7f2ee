import DistTrain
import Foundation

/// A line that shows how a command goes, in as many of its fields as a terminal has room for.
struct LiveLine {
  /// What is shown, and what it matters.
  struct Field {
    /// What the value is, said before it where there is room.
    var label = ""
    let value: String
    /// Fields of the highest numbers are left out first.
    let rank: Int

    var text: String { label.isEmpty ? value : "\(label) \(value)" }
    var styledText: String {
      label.isEmpty ? value : "\u{1B}[2m\(label)\u{1B}[22m \(value)"
    }
  }

  private static let gap = "  "
  var fields: [Field]

  /// The line in less than a number of columns, since some terminals go on to the next line once the
  /// last column is filled.
  func text(columns: Int, hasStyles: Bool) -> String {
    var shown = fields
    while width(of: shown) >= columns, let last = shown.indices.max(by: { rank(shown, $0, $1) }) {
      if shown.count == 1 { return String(shown[0].text.prefix(max(columns - 1, 0))) }
      shown.remove(at: last)
    }
    return shown.map { hasStyles ? $0.styledText : $0.text }.joined(separator: Self.gap)
  }

  private func rank(_ fields: [Field], _ left: Int, _ right: Int) -> Bool {
    fields[left].rank < fields[right].rank
  }

  private func width(of fields: [Field]) -> Int {
    fields.reduce(0) { $0 + $1.text.count } + Self.gap.count * max(fields.count - 1, 0)
  }
}

extension LiveLine {
  /// A training's.
  ///
  /// - Parameter progress: where the training is.
  init(_ progress: TrainingProgress) {
    func percent(_ fraction: Double) -> String { String(format: "%.2f %%", 100 * fraction) }
    let place = "\(progress.iteration)/\(progress.iterations)"
    fields = progress.title.isEmpty ? [] : [Field(value: progress.title, rank: 2)]
    fields.append(Field(value: place, rank: 0))
    if let part = progress.evaluated {
      fields.append(Field(label: "evaluating", value: Self.wholePercent(part), rank: 1))
    } else if progress.imagesPerSecond > 0 {
      fields += [
        Field(label: "epoch", value: String(format: "%.2f", progress.epoch), rank: 7),
        Field(label: "lr", value: "\(progress.learningRate)", rank: 9),
        Field(label: "loss", value: String(format: "%.4f", progress.loss), rank: 6),
        Field(label: "train", value: percent(progress.error), rank: 5),
        Field(value: String(format: "%.0f images/s", progress.imagesPerSecond), rank: 8),
        Field(value: "\(progress.timeLeft) left", rank: 1),
      ]
    }
    if let last = progress.testError, let best = progress.bestTestError {
      let label = progress.isHeldOut ? "held-out" : "test"
      fields.append(Field(label: label, value: percent(last), rank: 3))
      fields.append(Field(label: "best", value: percent(best), rank: 4))
    }
  }

  /// An evaluation's.
  ///
  /// - Parameter evaluated: which part of the images is evaluated.
  init(evaluated: Double) {
    fields = [Field(label: "evaluating", value: Self.wholePercent(evaluated), rank: 0)]
  }

  private static func wholePercent(_ part: Double) -> String { "\(Int(100 * part)) %" }
}
