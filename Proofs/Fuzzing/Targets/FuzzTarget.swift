/// A part of the program that takes bytes of unknown origin, and what holds whatever they are: nothing
/// traps, what is refused is refused by a typed failure of one line, and what is taken and written
/// again reads back to the same.
package struct FuzzTarget: Sendable {
  /// The name, which its folder of `Corpus` has too.
  package let name: String
  private let body: @Sendable (_ bytes: [UInt8], _ folder: String) -> Void

  init(
    _ name: String, _ body: @escaping @Sendable (_ bytes: [UInt8], _ folder: String) -> Void
  ) {
    self.name = name
    self.body = body
  }

  /// All targets.
  package static let all: [FuzzTarget] = [
    cifar, safetensors, metadata, configuration, logs, report, image,
  ]

  /// A target that traps on four bytes, to be found by whoever looks for such.
  package static let control = FuzzTarget("control") { bytes, _ in
    if bytes.count > 3, bytes[0] == 0x66, bytes[1] == 0x75, bytes[2] == 0x7a, bytes[3] == 0x7a {
      fatalError("found")
    }
  }

  /// Gives a target some bytes.
  ///
  /// - Parameters:
  ///   - bytes: any.
  ///   - folder: an empty folder for files.
  package func run(_ bytes: [UInt8], in folder: String) { body(bytes, folder) }
}
