import DistTrain
import Foundation

/// Ends the process where something does not hold, which a fuzzer takes for a finding.
func require(
  _ holds: Bool, _ message: @autoclosure () -> String, file: StaticString = #file,
  line: UInt = #line
) {
  if !holds { fatalError(message(), file: file, line: line) }
}

/// Runs code that may refuse what it is given.
///
/// - Parameters:
///   - kinds: of which a failure may be.
///   - body: the code.
/// - Returns: its result; nil if it refused.
func accepted<Value>(
  or kinds: Set<Failure.Kind> = [.data], _ body: () throws(Failure) -> Value
) -> Value? {
  do throws(Failure) {
    return try body()
  } catch {
    require(kinds.contains(error.kind), "\(error.kind): \(error.message)")
    require(
      !error.message.isEmpty && !error.message.unicodeScalars.contains { $0.properties.isControl },
      "not one line: \(String(reflecting: error.message))")
    return nil
  }
}

/// Runs code that must not refuse what it is given.
func certain<Value>(_ body: () throws(Failure) -> Value) -> Value {
  do throws(Failure) { return try body() } catch { fatalError("refused: \(error.message)") }
}

extension Unicode.Scalar.Properties {
  fileprivate var isControl: Bool {
    [.control, .lineSeparator, .paragraphSeparator].contains(generalCategory)
  }
}

/// Writes a file without waiting for a disk.
func write(_ bytes: some Collection<UInt8>, to path: String) {
  require(
    FileManager.default.createFile(atPath: path, contents: Data(bytes)), "cannot write \(path)")
}

/// Bytes that decide one thing after the other; zeros where they have ended.
struct Decisions {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

  /// Any whole number, small ones as often as large ones.
  mutating func integer() -> Int {
    let width = Int(byte() % 9)
    let bits = bytes(width).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(truncatingIfNeeded: bits)
  }
}
