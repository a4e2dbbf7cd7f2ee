import ArgumentParser
import DistTrain
import Reporting

struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", abstract: "Draw the errors of runs over their training.",
    discussion: """
      Test errors are bold, training errors pale in the same colour. Runs that differ in nothing but \
      the seed are one curve, with their mean and range. A run that is not finished is drawn as far \
      as it is. Needs gnuplot; on Debian it is in gnuplot-nox.

      EXAMPLES:
        disttrain plot runs/20 runs/56 --out errors.svg
        disttrain plot runs/* --panels --x iteration --out errors.png
      """)

  @Argument(help: "Run folders.", completion: .directory)
  var runs: [String]
  @Option(help: "The file to write, which ends in .svg or .png.", completion: .file())
  var out: String
  @Option(help: "What the horizontal axis counts: epoch or iteration.")
  var x = Figure.Axis.epoch
  @Flag(help: "Plain and residual networks in panels side by side.")
  var panels = false
  @Option(
    help: """
      The name of a curve in the legend, given once for each curve in the order of the runs. \
      (default: the network and what differs)
      """)
  var label: [String] = []
  @Option(help: "What stands above the figure. (default: nothing)")
  var title: String?

  func validate() throws {
    try usage { () throws(Failure) in _ = try PictureFormat(of: out) }
  }

  func run() {
    withCommunicator(timeout: patienceWithOneRank) { (communicator) throws(Failure) in
      try communicator.together(.saving) { () throws(Failure) in
        if communicator.rank == 0 { try draw() }
      }
    }
  }

  private func draw() throws(Failure) {
    var records: [RunRecord] = []
    for path in runs { records.append(try RunRecord(path)) }
    let groups = try CurveGroups(records, labels: label, inPanels: panels)
    let figure = Figure(
      panels: panels ? groups.panels : [Panel(curves: groups.curves)], x: x, title: title)
    try figure.write(to: out)
    let (curves, runs) = (groups.curves.count, records.count)
    Output.console.say(
      "\(out): \(curves) \(curves == 1 ? "curve" : "curves") of \(runs) "
        + (runs == 1 ? "run" : "runs"))
  }
}

extension Figure.Axis: ExpressibleByArgument {}
