import ArgumentParser
import DistTrain
import Reporting

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a page about a run, report.html in its folder.",
    discussion: """
      The page needs no network and no other file. It evaluates the run's weights on the test images, \
      on one core: the final ones, or the newest that are there. Where weights or data are missing, it \
      is without that part and says so.

      EXAMPLES:
        disttrain report runs/20
        disttrain report runs/20 --data /data/cifar-10-batches-bin
      """)

  @Argument(help: "The run folder.", completion: .directory)
  var folder: String
  @Option(
    help: """
      Folder with the official binary batches. (default: \(DatasetDescription.defaultFolders))
      """, completion: .directory)
  var data: String?

  func run() {
    withCommunicator(timeout: patienceWithOneRank) { (communicator) throws(Failure) in
      try communicator.together(.saving) { () throws(Failure) in
        if communicator.rank == 0 { try write() }
      }
    }
  }

  private func write() throws(Failure) {
    let report = try Report(folder, dataFolder: data, warn: Output.console.warn)
    Output.console.say("wrote \(try report.write())")
  }
}
