import ArgumentParser
import CProcess
import DistTrain
import Foundation

/// The command line: flags in, one line and an exit code out; everything else is in the library.
@main
struct DistTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disttrain",
    abstract:
      "Trains the CIFAR ResNets of He et al. 2015 on any number of ranks, to the same bits.",
    discussion: """
      Runs alone or under mpirun. Each rank trains on a part of every global batch; the result does \
      not depend on how many there are.

      EXAMPLES:
        mpirun -np 4 disttrain train --depth 56 --run runs/56
        disttrain evaluate --weights runs/56/model.safetensors
        disttrain train --help
      """,
    version: ProgramVersion.summary,
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, PredictCommand.self, ReproduceCommand.self,
      PlotCommand.self, ReportCommand.self, ExportCommand.self, DataCommand.self,
      VerifyCommand.self, DoctorCommand.self, BenchCommand.self,
    ])

  /// Parses before MPI is up, so that bad usage is told once, by the first rank.
  static func main() {
    cprocess_prepare_streams()
    cprocess_check_cpu()
    do {
      try checkEncoding()
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let code = exitCode(for: error)
      if code.isSuccess && RankEnvironment.rank > 0 { Foundation.exit(0) }
      endBeforeMPI(code.rawValue) {
        if code.isSuccess { exit(withError: error) }
        Output.warn(Suggestion.added(to: fullMessage(for: error), arguments: CommandLine.arguments))
      }
    }
  }

  /// Refuses arguments that Swift would replace by others.
  private static func checkEncoding() throws {
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = CommandLine.unsafeArgv[index] else { continue }
      if String(validatingCString: argument) == nil {
        throw ValidationError(
          "argument \(index), \(String(cString: argument)), is not UTF-8; give the file another name"
        )
      }
    }
  }
}

/// Tells of a failure before MPI is up, once, and ends the process.
///
/// The first rank that ends makes mpirun end the others, so these give rank 0 time to speak, seconds
/// on a crowded machine; a rank that is still there afterwards failed alone and speaks for itself.
private func endBeforeMPI(_ code: Int32, tell: () -> Void) -> Never {
  let rank = RankEnvironment.rank
  if rank > 0 { usleep(UInt32(5_000_000 + 100_000 * min(rank, 10))) }
  tell()
  exit(code)
}

/// Runs a body that needs no MPI, and turns failures into exit codes.
func withoutRanks(_ body: () throws(Failure) -> Void) -> Never {
  do throws(Failure) {
    try body()
    exit(0)
  } catch {
    Output.warn("disttrain: \(error.message)")
    exit(error.kind.rawValue)
  }
}

/// Seconds that ranks wait for one that works alone, be it for a slow download: a week.
let patienceWithOneRank = 7.0 * 86_400

/// Runs a body between the start and the end of MPI, and turns failures into exit codes.
///
/// A failure that all ranks share is told by rank 0; one of a single rank by that rank, which then
/// ends the others.
///
/// - Parameters:
///   - timeout: seconds after which the watchdog ends the job.
///   - outputIsResult: whether the command is in vain where standard output is closed.
///   - body: what the ranks do.
func withCommunicator(
  timeout: Double = TrainingRequest.defaultTimeout, outputIsResult: Bool = false,
  _ body: (Communicator) throws(Failure) -> Void
) -> Never {
  do throws(Failure) {
    if outputIsResult { try Output.requireOpen() }
  } catch {
    endBeforeMPI(error.kind.rawValue) { Output.warn("disttrain: \(error.message)") }
  }
  let communicator: Communicator
  do throws(Failure) {
    cprocess_begin_start(Failure.Kind.environment.rawValue)
    communicator = try Communicator(timeout: timeout, reporter: Output.reporter)
    cprocess_end_start()
  } catch {
    cprocess_end_start()
    endBeforeMPI(error.kind.rawValue) {
      if RankEnvironment.rank == 0 || !error.isShared {
        Output.warn("disttrain: \(error.message)")
      }
    }
  }
  do throws(Failure) {
    try body(communicator)
    LiveDisplay.clear()
    communicator.finalize()
    exit(0)
  } catch {
    LiveDisplay.clear()
    if communicator.rank == 0 || !error.isShared {
      Output.warn("disttrain: \(error.message)")
    }
    if error.isShared || communicator.size == 1 {
      communicator.finalize()
    } else {
      communicator.abort(code: error.kind.rawValue)
    }
    exit(error.kind.rawValue)
  }
}
