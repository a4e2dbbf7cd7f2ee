import DistTrain
import Foundation

/// Curves over the training: errors, losses, learning rate and throughput.
struct ProgressSection {
  let run: RunRecord
  let timings: [TimingRow]

  var markup: String {
    var parts: [String] = []
    if run.training.isEmpty {
      parts.append(HTML.note("train.csv has no row yet."))
    } else {
      parts.append("<div class=\"charts\">\n\(charts.joined(separator: "\n"))\n</div>")
    }
    if timings.isEmpty {
      parts.append(HTML.note("There is no timing.csv, or it has no row: the speed is not known."))
    } else {
      parts += ["<h3>Speed</h3>", speeds]
    }
    return HTML.section("Over the training", parts)
  }

  private var epochsPerIteration: Double {
    Double(run.configuration.globalBatch) / Double(run.configuration.trainImages)
  }

  private var drops: [Double] {
    run.configuration.milestones.filter { $0 < run.lastIteration }
      .map { Double($0) * epochsPerIteration }
  }

  private var charts: [String] {
    let evaluated = run.configuration.holdsOut ? "held out" : "test"
    let curve = Curve(label: "", color: .purple, runs: [run])
    var charts = [
      LineChart(
        title: "Error in per cent", xName: "epoch",
        series: [
          .init(
            name: "training", style: "pale",
            points: curve.training.map { .init(x: $0.epoch, y: $0.mean) }),
          .init(
            name: evaluated, style: "strong",
            points: curve.test.map { .init(x: $0.epoch, y: $0.mean) }),
        ], yEnd: ErrorRange([curve]).end, marks: drops),
      LineChart(
        title: "Loss in nats", xName: "epoch",
        series: [
          .init(
            name: "training", style: "pale",
            points: run.training.map { .init(x: $0.epoch, y: $0.loss) }),
          .init(
            name: evaluated, style: "strong",
            points: run.evaluations.map { .init(x: $0.epoch, y: $0.testLoss) }),
        ], marks: drops),
      LineChart(
        title: "Learning rate", xName: "epoch",
        series: [.init(name: "", style: "strong", points: rates)], isLogarithmic: true),
    ]
    if !timings.isEmpty {
      charts.append(
        LineChart(
          title: "Images per second, of training steps alone", xName: "epoch",
          series: [
            .init(
              name: "", style: "strong",
              points: timings.map {
                .init(x: Double($0.iteration) * epochsPerIteration, y: $0.imagesPerSecond)
              })
          ]))
    }
    return charts.map(\.markup)
  }

  /// The learning rate as steps: corners where it changes between two rows.
  private var rates: [LineChart.Point] {
    let schedule = LearningRateSchedule(run.configuration)
    let last = run.training.last?.iteration ?? 0
    let changes = [0, run.configuration.warmUpIterations] + run.configuration.milestones
    let starts = Set(changes.filter { $0 < last }).sorted()
    return zip(starts, starts.dropFirst() + [last]).flatMap { start, end in
      [start, end].map {
        LineChart.Point(x: Double($0) * epochsPerIteration, y: schedule.rate(at: start))
      }
    }
  }

  /// A row for each stretch of the training that had a number of ranks.
  private var speeds: String {
    var stretches: [[TimingRow]] = []
    for row in timings {
      if stretches.last?.last?.ranks == row.ranks {
        stretches[stretches.count - 1].append(row)
      } else {
        stretches.append([row])
      }
    }
    let rows = stretches.map { stretch in
      let rates = stretch.map(\.imagesPerSecond).sorted()
      let seconds = stretch.map(\.seconds).reduce(0, +)
      let cells = [
        grouped(stretch[stretch.count - 1].iteration), "\(stretch[0].ranks)",
        OutcomeSection.duration(seconds), grouped(Int(rates[rates.count / 2].rounded())),
        "\(grouped(Int(rates[0].rounded())))–\(grouped(Int(rates[rates.count - 1].rounded())))",
      ]
      return "<tr>" + cells.map { "<td class=\"number\">\($0)</td>" }.joined() + "</tr>"
    }
    let heads = ["up to iteration", "ranks", "time", "images/s, median", "least–most"]
    return HTML.scrolling(
      "<table>\n<tr>" + heads.map { "<th class=\"number\">\($0)</th>" }.joined() + "</tr>\n"
        + rows.joined(separator: "\n") + "\n</table>")
  }
}
