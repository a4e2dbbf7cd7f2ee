import ArgumentParser
import DistTrain

@main
struct DistTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "disttrain")
}
