import Foundation

/// A file of events, as TensorBoard reads them beside a run's logs.
///
/// Field numbers are those of `event.proto` and `summary.proto` of
/// https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto.
package final class TensorBoardEvents: LogObserver {
  private static let prefix = "events.out.tfevents."

  private let path: String
  private let descriptor: CInt

  /// Begins a file, from which TensorBoard forgets what earlier ones of the run say of a step and
  /// those after it.
  ///
  /// - Parameters:
  ///   - folder: the run folder.
  ///   - step: the first step that is written again.
  ///   - host: the name of this host.
  /// - Throws: `Failure` of kind inputOutput.
  package init(in folder: String, from step: Int, host: String) throws(Failure) {
    // TensorBoard reads files in the order of their names, whatever clocks say.
    let newest = try Files.names(in: folder).compactMap { name -> Int? in
      guard name.hasPrefix(Self.prefix) else { return nil }
      return Int(name.dropFirst(Self.prefix.count).prefix { $0 != "." })
    }.max()
    let now = Int(Date().timeIntervalSince1970)
    path = "\(folder)/\(Self.prefix)\(max(now, newest.map { $0 + 1 } ?? 0)).\(host)"
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw Failure(.inputOutput, "cannot write \(path): \(Files.reason())") }
    try append(step: 0) { $0.add(3, "brain.Event:2") }
    // SessionLog.START.
    try append(step: step) { event in event.add(7) { $0.add(1, 1) } }
    try Files.synchronizeFolder(folder)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Writes a row of training.
  package func record(_ row: TrainRow) throws(Failure) {
    try append(
      step: row.iteration,
      ["train/loss": row.loss, "train/error": row.error, "learning_rate": row.learningRate])
  }

  /// Writes an evaluation.
  package func record(_ row: EvaluationRow) throws(Failure) {
    try append(
      step: row.iteration, ["test/loss": row.testLoss, "test/error": row.testError])
  }

  /// Waits until all events are on the disk.
  package func synchronize() throws(Failure) {
    try Files.synchronize(descriptor, path: path)
  }

  /// Appends a `Summary` of scalars.
  private func append(
    step: Int, _ scalars: KeyValuePairs<String, Double>
  ) throws(Failure) {
    try append(step: step) { event in
      event.add(5) { summary in
        for (tag, value) in scalars {
          summary.add(1) { scalar in
            scalar.add(1, tag)
            scalar.add(2, Float(value))
          }
        }
      }
    }
  }

  /// Appends an `Event` with one write.
  private func append(
    step: Int, _ content: (inout ProtobufMessage) -> Void
  ) throws(Failure) {
    let event = ProtobufMessage { event in
      event.add(1, Date().timeIntervalSince1970)
      event.add(2, step)
      content(&event)
    }
    try Files.write(Self.record(event.bytes), to: descriptor, path: path)
  }

  /// A record of TensorFlow: the length and its checksum, then the bytes and theirs.
  private static func record(_ bytes: [UInt8]) -> [UInt8] {
    func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
      withUnsafeBytes(of: number.littleEndian, Array.init)
    }
    let length = littleEndian(UInt64(bytes.count))
    return length + littleEndian(CRC32C.masked(length)) + bytes
      + littleEndian(CRC32C.masked(bytes))
  }
}

/// The cyclic redundancy check of Castagnoli's polynomial.
package enum CRC32C {
  private static let table = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1) * 0x82f6_3b78 }
  }

  /// The checksum of some bytes.
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  /// The checksum as TensorFlow stores it, since one of bytes that hold their own says little.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let sum = checksum(bytes)
    return (sum >> 15 | sum << 17) &+ 0xa282_ead8
  }
}
