import ArgumentParser
import DistTrain
import ResNet

extension Configuration.RecipeName: ExpressibleByArgument {}
extension Configuration.DatasetName: ExpressibleByArgument {}
extension Configuration.Normalization: ExpressibleByArgument {}
extension Configuration.Augmentation: ExpressibleByArgument {}
extension Configuration.Order: ExpressibleByArgument {}
extension Configuration.WeightDecayScope: ExpressibleByArgument {}
extension Configuration.Convolution: ExpressibleByArgument {}
extension Architecture.Kind: ExpressibleByArgument {}
extension Architecture.Shortcut: ExpressibleByArgument {}
extension Architecture.Stem: ExpressibleByArgument {}
extension ProjectionInit: ExpressibleByArgument {}

/// Numbers separated by commas; nothing is no numbers.
struct NumberList<Number: LosslessStringConvertible & Sendable>: ExpressibleByArgument {
  let numbers: [Number]

  init?(argument: String) {
    let parts =
      argument.isEmpty ? [] : argument.split(separator: ",", omittingEmptySubsequences: false)
    let parsed = parts.compactMap { Number(String($0)) }
    if parsed.count != parts.count { return nil }
    numbers = parsed
  }
}
