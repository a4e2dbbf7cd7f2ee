import DistTrain
import Foundation

/// What the weights make of the test images: confusion, errors by class, the surest mistakes.
struct TestSection {
  /// More classes than these have no room for a matrix.
  private static let mostClassesOfMatrix = 20
  private static let shownMistakes = 24
  private static let shownConfusions = 20

  let weights: RunWeights
  /// Whether the run's own evaluations are of held-out training images.
  let holdsOut: Bool

  private var result: TestResult {
    TestResult(
      classNames: weights.inspection.dataset.classNames,
      labels: weights.inspection.images.labels.map { Int($0) }, logits: weights.inspection.logits)
  }

  var markup: String {
    let result = result
    let metrics = weights.inspection.metrics
    var parts = [
      HTML.paragraph(
        "The weights of <code>\(HTML.escaped(weights.name))</code>, on all "
          + "\(grouped(metrics.images)) test images: "
          + "\(HTML.escaped(EvaluationReport(metrics).text)).")
    ]
    if holdsOut {
      parts.append(
        HTML.note(
          "The run held out training images and measured those; this is the test set, which it never "
            + "saw."))
    }
    if let warning = weights.inspection.warning { parts.append(HTML.note("Note: \(warning).")) }
    parts +=
      result.classNames.count <= Self.mostClassesOfMatrix
      ? ["<h3>Confusion</h3>", matrix(result)]
      : ["<h3>Most frequent confusions</h3>", pairs(result)]
    parts += ["<h3>Error by class</h3>", classes(result)]
    if !result.mistakes.isEmpty {
      parts += ["<h3>The surest mistakes</h3>", mistakes(result)]
    }
    return HTML.section("On the test images", parts)
  }

  private func matrix(_ result: TestResult) -> String {
    let names = result.classNames.map(HTML.escaped)
    let head =
      "<thead><tr><th></th>" + names.map { "<th>\($0)</th>" }.joined() + "</tr></thead>"
    let rows = result.confusion.enumerated().map { label, counts in
      let total = max(counts.reduce(0, +), 1)
      let cells = counts.enumerated().map { guess, count in
        let share = Double(count) / Double(total)
        // Mistakes are few: their shade grows faster than that of what is right.
        let shade = guess == label ? 0.5 * share : min(0.75, 4 * share)
        let style = String(format: "--share:%.3f", shade)
        return "<td\(guess == label ? " class=\"right\"" : "") style=\"\(style)\">\(count)</td>"
      }
      return "<tr><th>\(names[label])</th>\(cells.joined())</tr>"
    }
    return HTML.scrolling(
      "<table class=\"confusion\">\n\(head)\n<tbody>\n\(rows.joined(separator: "\n"))\n</tbody>\n"
        + "</table>")
      + "<p class=\"soft\">Rows: what an image shows. Columns: what it was taken for.</p>"
  }

  private func pairs(_ result: TestResult) -> String {
    var pairs: [(label: Int, guess: Int, count: Int)] = []
    for (label, counts) in result.confusion.enumerated() {
      for (guess, count) in counts.enumerated() where guess != label && count > 0 {
        pairs.append((label, guess, count))
      }
    }
    pairs.sort { ($1.count, $0.label, $0.guess) < ($0.count, $1.label, $1.guess) }
    let rows = pairs.prefix(Self.shownConfusions).map { pair in
      "<tr><td>\(HTML.escaped(result.classNames[pair.label]))</td>"
        + "<td>\(HTML.escaped(result.classNames[pair.guess]))</td>"
        + "<td class=\"number\">\(pair.count)</td></tr>"
    }
    return HTML.scrolling(
      "<table>\n<tr><th>shows</th><th>taken for</th><th class=\"number\">images</th></tr>\n"
        + rows.joined(separator: "\n") + "\n</table>")
  }

  private func classes(_ result: TestResult) -> String {
    let shares = result.classNames.indices.map {
      Double(result.errors(of: $0)) / Double(max(result.count(of: $0), 1))
    }
    let most = max(shares.max() ?? 0, 1e-9)
    let rows = result.classNames.indices.map { label in
      let width = String(format: "%.1f", 100 * shares[label] / most)
      return "<tr><th>\(HTML.escaped(result.classNames[label]))</th>"
        + "<td class=\"number\">\(OutcomeSection.percent(shares[label]))</td>"
        + "<td class=\"number\">\(result.errors(of: label)) of \(result.count(of: label))</td>"
        + "<td><span class=\"bar\" style=\"width:\(width)%\"></span></td></tr>"
    }
    let isLong = result.classNames.count > Self.mostClassesOfMatrix
    return "<div class=\"scroll\(isLong ? " tall" : "")\" tabindex=\"0\"><table class=\"bars\">\n"
      + rows.joined(separator: "\n") + "\n</table></div>"
  }

  private func mistakes(_ result: TestResult) -> String {
    let images = weights.inspection.images
    let figures = result.mistakes.prefix(Self.shownMistakes).map { mistake in
      let start = mistake.image * images.imageBytes
      let planes = (start..<start + images.imageBytes).map { images.pixels[$0] }
      let png = Data(PNGEncoder.encode(planes: planes, side: images.side)).base64EncodedString()
      let label = HTML.escaped(result.classNames[mistake.label])
      let guess = HTML.escaped(result.classNames[mistake.guess])
      return "<figure><img src=\"data:image/png;base64,\(png)\" width=\"96\" height=\"96\" "
        + "alt=\"test image \(mistake.image), a \(label)\"><figcaption>\(label), taken for "
        + "<b>\(guess)</b> with \(Self.sureness(mistake.probability))<br>image \(mistake.image)"
        + "</figcaption></figure>"
    }
    return "<div class=\"mistakes\">\n\(figures.joined(separator: "\n"))\n</div>"
  }

  /// A probability that is not rounded to certainty.
  private static func sureness(_ probability: Double) -> String {
    String(format: "%.2f\u{a0}%%", min(100 * probability, 99.99))
  }
}
