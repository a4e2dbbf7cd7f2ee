import ArgumentParser
import DistTrain
import Foundation
import Logging

/// The command line: flags in, one line and an exit code out; everything else is in the library.
@main
struct DistTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disttrain",
    abstract:
      "Trains the CIFAR ResNets of He et al. 2015 on any number of ranks, to the same bits.",
    discussion: """
      Runs alone or under mpirun: mpirun -np 4 disttrain train --depth 56 --run runs/56. Each rank \
      trains on a part of every global batch; the result does not depend on how many there are.
      """,
    subcommands: [TrainCommand.self, EvaluateCommand.self, BenchCommand.self])

  /// Parses before MPI is up, so that bad usage is told once, by the first rank.
  static func main() {
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      if RankEnvironment.rank == 0 { exit(withError: error) }
      Foundation.exit(exitCode(for: error).rawValue)
    }
  }
}

/// Runs a body between the start and the end of MPI, and turns failures into exit codes.
///
/// A failure that all ranks share is told by rank 0; one of a single rank by that rank, which then
/// ends the others.
func withCommunicator(_ body: (Communicator) throws(Failure) -> Void) -> Never {
  do throws(Failure) {
    try BuildIdentity.checkCPU()
  } catch {
    if RankEnvironment.rank == 0 { writeToStandardError("disttrain: \(error.message)") }
    exit(error.kind.rawValue)
  }
  let communicator: Communicator
  do throws(Failure) {
    communicator = try Communicator()
  } catch {
    if RankEnvironment.rank == 0 { writeToStandardError("disttrain: \(error.message)") }
    exit(error.kind.rawValue)
  }
  do throws(Failure) {
    try body(communicator)
    communicator.finalize()
    exit(0)
  } catch {
    if communicator.rank == 0 || !error.isShared {
      writeToStandardError("disttrain: \(error.message)")
    }
    if !error.isShared && communicator.size > 1 { communicator.abort(code: error.kind.rawValue) }
    communicator.finalize()
    exit(error.kind.rawValue)
  }
}
