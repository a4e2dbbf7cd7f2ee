import Foundation
import ResNet

/// The networks of a figure, trained one after the other in one job.
///
/// Every training is a run folder of its own, which `train` could have written, or go on with. What
/// is finished is passed over and what was stopped is continued, at whatever number of ranks.
public struct Reproduction {
  private let request: ReproductionRequest
  private let communicator: Communicator

  /// Makes a reproduction.
  ///
  /// - Parameters:
  ///   - request: what to reproduce.
  ///   - communicator: the ranks.
  public init(_ request: ReproductionRequest, communicator: Communicator) {
    self.request = request
    self.communicator = communicator
  }

  private var isLeader: Bool { communicator.rank == 0 }

  /// Trains what is not finished yet.
  ///
  /// **Ranks**: collective.
  ///
  /// - Throws: `Failure`; its kind is the exit code.
  public func run() throws(Failure) {
    let seeds = request.seeds.map(String.init).joined(separator: ",")
    try communicator.requireAgreement(
      [
        ("build", try communicator.together { () throws(Failure) in try BuildIdentity.digest() }),
        ("figure", request.figure.rawValue), ("--seeds", seeds),
        ("--checkpoint-every", "\(request.checkpointEvery)"),
      ] + request.settings.agreedFlags)
    let entries = try request.entries()
    let states = try sharedStates()
    let pending = entries.indices.filter { states[$0] != .finished }
    if let first = pending.first {
      let speed = try operationsPerSecond(
        entries[first].configuration, among: pending.map { entries[$0] })
      announce(entries, states, speed)
    }
    for index in pending {
      try train(entries[index], place: "[\(index + 1)/\(entries.count)]")
    }
    if isLeader {
      request.output.say("\(request.folder): all \(entries.count) trainings are finished")
    }
  }

  /// How far each training is, as rank 0 finds it.
  private func sharedStates() throws(Failure) -> [ReproductionPlan.State] {
    let plan = try communicator.together { () throws(Failure) in
      isLeader ? try ReproductionPlan(request) : nil
    }
    let encoded = plan.flatMap { try? JSONEncoder().encode($0) } ?? Data()
    let bytes = try communicator.broadcast([UInt8](encoded))
    do {
      return try JSONDecoder().decode(ReproductionPlan.self, from: Data(bytes)).states
    } catch {
      throw Failure(.internal, "cannot decode the plan of rank 0: \(error)")
    }
  }

  /// Trains for some seconds, to know how long everything takes; that all of it fits into memory
  /// is checked before.
  private func operationsPerSecond(
    _ configuration: Configuration, among entries: [ReproductionRequest.Entry]
  ) throws(Failure) -> Double {
    let loader = try DatasetLoader(
      configuration.dataset, from: request.dataFolder, communicator: communicator)
    try communicator.together { () throws(Failure) in
      for entry in entries {
        try MemoryCheck.require(
          entry.configuration, datasetCopies: loader.copiesOnHost, communicator: communicator)
      }
    }
    let trainer = try Trainer(
      configuration, dataset: try loader.load(), communicator: communicator)
    for _ in 0..<3 { _ = try trainer.step() }
    let steps = 10
    let start = monotonicSeconds()
    for _ in 0..<steps { _ = try trainer.step() }
    let seconds = monotonicSeconds() - start
    let operations = StepCost(configuration.architecture).operationsPerImage
    return Double(steps * configuration.globalBatch * operations) / seconds
  }

  /// Says what there is to do, how long each part takes, and when all is done.
  private func announce(
    _ entries: [ReproductionRequest.Entry], _ states: [ReproductionPlan.State], _ speed: Double
  ) {
    if !isLeader { return }
    let configuration = entries[0].configuration
    request.output.say(
      "\(request.figure.rawValue) into \(request.folder): \(entries.count) trainings of "
        + "\(configuration.iterations) iterations, \(configuration.dataset.rawValue), recipe "
        + "\(configuration.recipe.rawValue), \(communicator.topology.summary)")
    var total = 0.0
    for (entry, state) in zip(entries, states) {
      let seconds = ReproductionPlan.operations(of: entry.configuration, from: state) / speed
      total += seconds
      let text =
        switch state {
        case .missing: "about \(Progress.duration(seconds))"
        case .begun(let iteration):
          "about \(Progress.duration(seconds)) from iteration \(iteration) on"
        case .finished: "finished"
        }
      request.output.say("  \(entry.name): \(text)")
    }
    let end = Date(timeIntervalSinceNow: total)
    request.output.say(
      "in all about \(Progress.duration(total)) at the speed of the first steps, until "
        + "\(Progress.clockTime(end))")
  }

  private func train(_ entry: ReproductionRequest.Entry, place: String) throws(Failure) {
    var training = request.training(entry)
    training.resumes =
      try communicator.broadcast([
        isLeader && RunFolder(request.path(of: entry)).holdsRun ? 1 : 0
      ]) == [1]
    let output = request.output
    training.output = ConsoleOutput(
      say: { output.say("\(place) \($0)") }, row: { output.row("\(place) \($0)") },
      warn: { output.warn("\(entry.name): \($0)") },
      conclude: { output.say("\(place) \($0)") },
      progress: { progress in
        var titled = progress
        titled.title = "\(place) \(entry.name)"
        output.progress(titled)
      })
    do throws(Failure) {
      try TrainingRun(training, communicator: communicator).run()
    } catch {
      let message =
        error.kind == .interrupted
        ? "stopped by a signal, with a checkpoint; the same command goes on" : error.message
      let failure = Failure(error.kind, "\(entry.name): \(message)")
      throw error.isShared ? failure.shared : failure
    }
  }
}
