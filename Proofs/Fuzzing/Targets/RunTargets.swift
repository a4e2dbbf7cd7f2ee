import DistTrain
import Foundation
import Reporting

extension FuzzTarget {
  /// `config.json`, and the texts of flags.
  static let configuration = FuzzTarget("configuration") { bytes, _ in
    giveFlags(bytes)
    let configuration = accepted { () throws(Failure) in
      try Configuration(json: bytes, file: "input")
    }
    guard let configuration else { return }
    let text = certain { () throws(Failure) in try configuration.jsonText() }
    let again = certain { () throws(Failure) in
      try Configuration(json: Array(text.utf8), file: "written")
    }
    require(again == configuration && again.differences(from: configuration).isEmpty, "another")
    require(text == certain { () throws(Failure) in try again.jsonText() }, "another text")
    _ = certain { () throws(Failure) in try configuration.digest() }
  }

  /// Gives a flag for each line, `KEY=VALUE`, and makes a configuration of them.
  private static func giveFlags(_ bytes: [UInt8]) {
    var given = PartialConfiguration { _ in }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      for setting in Settings.all where setting.key == parts.first && parts.count == 2 {
        give(setting, parts[1], to: &given)
      }
    }
    let flags = given
    let configuration = accepted(or: [.usage]) { () throws(Failure) in try Configuration(flags) }
    guard let configuration else { return }
    let text = certain { () throws(Failure) in try configuration.jsonText() }
    let again = certain { () throws(Failure) in
      try Configuration(json: Array(text.utf8), file: "written")
    }
    require(again == configuration, "another")
  }

  private static func give<S: SettingProtocol>(
    _ setting: S, _ text: String, to given: inout PartialConfiguration
  ) {
    guard setting.group != nil, let value = S.Value(flagText: text) else { return }
    given[setting: setting] = value
    let stored = S.Value(stored: value.stored)
    require(stored?.stored == value.stored || value.stored.isNotFinite, "another value: \(text)")
  }

  /// The logs of a run that is resumed; the first byte says which, and at which iteration.
  static let logs = FuzzTarget("logs") { bytes, folder in
    let first = bytes.first ?? 0
    let (path, iteration) = ("\(folder)/log.csv", Int(first / 8))
    write(bytes.dropFirst(), to: path)
    switch first % 5 {
    case 0: read(TrainRow.self, path, iteration)
    case 1: read(EvaluationRow.self, path, iteration)
    case 2: read(HashRow.self, path, iteration)
    case 3: read(TimingRow.self, path, iteration)
    default:
      let timing = StepTiming(noted: Array(bytes.dropFirst()), at: iteration)
      require(timing.seconds >= 0 && (0...iteration).contains(timing.steps), "\(timing)")
    }
  }

  private static func read<Row: LogRow>(_: Row.Type, _ path: String, _ iteration: Int) {
    let rows = accepted { () throws(Failure) in try [Row](contentsOf: path) }
    let log = accepted { () throws(Failure) in
      try MetricLog<Row>(
        path, schedule: LogSchedule(every: 2, last: 31), continuingAfter: iteration)
    }
    guard let log else { return }
    require(rows != nil || iteration == 0, "rows that cannot be read were taken")
    certain { () throws(Failure) in try log.open() }
    let again = certain { () throws(Failure) in try [Row](contentsOf: path) }
    require(again.map(\.fields) == log.rows.map(\.fields), "other rows")
  }

  /// The files of a run that is drawn and reported, separated by bytes of zero.
  static let report = FuzzTarget("report") { bytes, folder in
    let parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
    let names = ["train.csv", "evaluation.csv", "timing.csv", "hashes.csv", "config.json"]
    for (name, part) in zip(names, parts) { write(part, to: "\(folder)/\(name)") }
    for name in names.dropFirst(parts.count) { unlink("\(folder)/\(name)") }
    if parts.count < names.count {
      let text = certain { () throws(Failure) in try Configuration(.paper).jsonText() }
      write(text.utf8, to: "\(folder)/config.json")
    }
    _ = accepted(or: [.data, .missingInput]) { () throws(Failure) in
      try Report(folder, dataFolder: nil) { _ in }.page
    }
    let curve = accepted(or: [.data, .missingInput]) { () throws(Failure) in
      try Curve(label: "run", color: .purple, runs: [folder])
    }
    guard let curve else { return }
    for x in Figure.Axis.allCases {
      require(!Figure(panels: [Panel(curves: [curve])], x: x).commands.isEmpty, "no figure")
    }
  }
}

extension ConfigurationValue {
  /// Whether it is, or holds, a number that JSON cannot have.
  fileprivate var isNotFinite: Bool {
    switch self {
    case .number(let number): !number.isFinite
    case .list(let list): list.contains { $0.isNotFinite }
    default: false
    }
  }
}
