import Foundation

import DistTrain

/// A run folder that was never trained in: a configuration, and logs of given errors.
struct HandmadeRun {
  static let iterationsPerRow = 391

  /// Writes a folder with a test and a training error for each evaluation.
  init(
    _ path: String, test: [Double], training: [Double],
    _ give: (inout PartialConfiguration) -> Void = { _ in }
  ) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let configuration = try Configuration(.paper, give)
    try Data(configuration.jsonText().utf8).write(to: URL(fileURLWithPath: "\(path)/config.json"))
    var evaluation = EvaluationRow.columns.joined(separator: ",") + "\n"
    var train = TrainRow.columns.joined(separator: ",") + "\n"
    for (index, (test, training)) in zip(test, training).enumerated() {
      let iteration = (index + 1) * Self.iterationsPerRow
      let epoch = Self.epoch(ofRow: index)
      evaluation += "\(iteration),\(epoch),\(training),\(2 * test),\(test)\n"
      train += "\(iteration),\(epoch),0.1,\(2 * training),\(training)\n"
    }
    try Data(evaluation.utf8).write(to: URL(fileURLWithPath: "\(path)/evaluation.csv"))
    try Data(train.utf8).write(to: URL(fileURLWithPath: "\(path)/train.csv"))
  }

  static func epoch(ofRow index: Int) -> Double {
    Double((index + 1) * iterationsPerRow * 128) / 50_000
  }
}
