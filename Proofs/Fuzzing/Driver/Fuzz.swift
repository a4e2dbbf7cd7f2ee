import Foundation
import FuzzTargets

/// The target that the environment names.
private let target: FuzzTarget = {
  let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
  guard let target = (FuzzTarget.all + [.control]).first(where: { $0.name == name }) else {
    fatalError("FUZZ_TARGET is none of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
  }
  return target
}()

/// A folder of this process, which whoever started it removes.
private let folder: String = {
  let path = "\(NSTemporaryDirectory())/fuzz-\(getpid())"
  mkdir(path, 0o777)
  return path
}()

/// What libFuzzer, whose `main` the program has, calls with bytes that lead it to new places.
///
/// - Parameters:
///   - bytes: the bytes.
///   - count: how many.
/// - Returns: 0.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target.run(Array(UnsafeBufferPointer(start: bytes, count: count)), in: folder)
  return 0
}
