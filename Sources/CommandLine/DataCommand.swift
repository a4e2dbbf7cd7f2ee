import ArgumentParser
import CProcess
import DistTrain
import Foundation

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Fetch a data set, or check the one that is there.",
    discussion: "Under mpirun rank 0 works, and the others wait.",
    subcommands: [DataFetchCommand.self, DataCheckCommand.self])
}

enum DataSettings: SettingSelection {
  static let flags = [SettingFlag(Settings.table.dataset)]
}

struct DataFetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Download a data set's official archive, verify it and unpack it.",
    discussion: """
      A download that ends too early goes on where it ended when it is run again. Files that are \
      there already are not fetched again.
      """)

  @OptionGroup var dataset: SettingFlags<DataSettings>
  @Option(
    help: """
      Folder that receives the data set's own, and its archive meanwhile. (default: \
      ${XDG_CACHE_HOME:-$HOME/.cache}/disttrain, where train looks)
      """)
  var into: String?
  @Option(help: "Where to take the archive from. (default: its authors)")
  var url: String?
  @Option(help: "MD5 of an archive of one's own at --url. (default: the official one's)")
  var md5: String?
  @Option(help: "Seconds without a byte from the server after which the download ends.")
  var timeout = DataFetchRequest().patience

  func validate() throws {
    try usage { () throws(Failure) in try request(showing: DownloadLine()).check() }
  }

  func run() {
    cprocess_catch_stop_signals()
    withCommunicator(timeout: patienceWithOneRank) { (communicator) throws(Failure) in
      try communicator.together { () throws(Failure) in
        if communicator.rank > 0 { return }
        let line = DownloadLine()
        defer { line.end() }
        Output.console.conclude(try DataFetch(request(showing: line)).run())
      }
    }
  }

  private func request(showing line: DownloadLine) -> DataFetchRequest {
    var request = DataFetchRequest()
    request.dataset = dataset.given.dataset ?? request.dataset
    request.folder = into
    request.url = url
    request.md5 = md5
    request.patience = timeout
    request.notice = { notice in
      line.end()
      Output.warn("disttrain: \(notice)")
    }
    request.progress = line.show
    request.isStopRequested = { cprocess_is_stop_requested() != 0 }
    return request
  }
}

struct DataCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say what a data set's files hold, and whether they are the official ones.",
    discussion: "Ends with 0 for the official images, and with 65 for others.")

  @OptionGroup var dataset: SettingFlags<DataSettings>
  @Option(help: "Folder with the official binary batches. (default: as for train)")
  var data: String?
  @Flag(help: "Print one JSON object.")
  var json = false

  private var description: DatasetDescription { dataset.given.dataset ?? .cifar10 }

  func validate() throws {
    if description.batches == nil {
      throw ValidationError("--dataset \(description.name) has no files to check")
    }
  }

  func run() {
    withCommunicator(timeout: patienceWithOneRank, outputIsResult: true) {
      (communicator) throws(Failure) in
      try communicator.together { () throws(Failure) in
        if communicator.rank > 0 { return }
        let check = try DataCheck(description, from: data)
        try Output.printResult(json ? try check.jsonText() : check.text)
        if let warning = check.warning { throw Failure(.data, warning) }
      }
    }
  }
}
