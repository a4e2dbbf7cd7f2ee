import Foundation

extension Encodable {
  /// The value as JSON with sorted keys, for programs.
  ///
  /// - Parameter isPretty: whether it has lines and indents, for people too.
  /// - Returns: JSON, in one line unless it is pretty.
  /// - Throws: `Failure` of kind internal if it has a number that is not finite.
  package func sortedJSON(isPretty: Bool = false) throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      throw Failure(.internal, "cannot encode \(Self.self): \(error)")
    }
  }
}
