import Foundation
import Testing

import DistTrain

/// An event as TensorBoard sees it.
private struct Event {
  let step: Int
  let version: String?
  let isStart: Bool
  let scalars: [String: Float]

  /// Reads a file of events, and checks its checksums bit by bit.
  static func read(_ path: String) throws -> [Event] {
    var rest = try #require(fileBytes(path))[...]
    var events: [Event] = []
    while !rest.isEmpty {
      let length = Array(rest.prefix(8))
      let count = length.reversed().reduce(0) { $0 << 8 | Int($1) }
      try #require(rest.count >= count + 16)
      let content = Array(rest.dropFirst(12).prefix(count))
      #expect(Array(rest.dropFirst(8).prefix(4)) == masked(length))
      #expect(Array(rest.dropFirst(12 + count).prefix(4)) == masked(content))
      rest = rest.dropFirst(count + 16)
      let message = try #require(ProtobufReader(content))
      var scalars: [String: Float] = [:]
      for value in message.messages(5).flatMap({ $0.messages(1) }) {
        scalars[try #require(value.strings(1).first)] = value.float(2)
      }
      events.append(
        Event(
          step: message.integers(2).first ?? 0, version: message.strings(3).first,
          isStart: message.messages(7).first?.integers(1) == [1], scalars: scalars))
    }
    return events
  }

  private static func masked(_ bytes: [UInt8]) -> [UInt8] {
    var sum: UInt32 = 0xffff_ffff
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0x82f6_3b78 : sum >> 1 }
    }
    sum = ~sum
    let mask = ((sum >> 15) | (sum << 17)) &+ 0xa282_ead8
    return (0..<4).map { UInt8(truncatingIfNeeded: mask >> UInt32(8 * $0)) }
  }
}

@Suite struct ChecksumTests {
  /// The values of RFC 3720, appendix B.4.
  @Test func checksumsAreTheOnesOfTheStandard() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(CRC32C.checksum(Array(0..<32)) == 0x46dd_794e)
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
  }
}

extension EndToEnd {
  @Suite struct TensorBoard {
    private func files(_ run: ShortRun) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: run.file(""))
        .filter { $0.hasPrefix("events.out.tfevents.") }.sorted().map(run.file)
    }

    /// What TensorBoard shows of some files: a start forgets its step and those after it.
    private func shown(_ files: [String]) throws -> [String: [Int: Float]] {
      var shown: [String: [Int: Float]] = [:]
      for event in try files.flatMap(Event.read) {
        if event.isStart {
          shown = shown.mapValues { $0.filter { $0.key < event.step } }
        }
        for (tag, value) in event.scalars {
          #expect(shown[tag]?[event.step] == nil, "\(tag) at \(event.step) twice")
          shown[tag, default: [:]][event.step] = value
        }
      }
      return shown
    }

    private func column(_ run: ShortRun, _ log: String, _ name: String) -> [Int: Float] {
      Dictionary(
        uniqueKeysWithValues: zip(
          csvColumn(run.file(log), "iteration").compactMap { Int($0) },
          csvColumn(run.file(log), name).compactMap { Float($0) }))
    }

    private func expectTheLogs(_ run: ShortRun) throws {
      let shown = try shown(files(run))
      #expect(shown.count == 5)
      for (tag, log, name) in [
        ("train/loss", "train.csv", "loss"), ("train/error", "train.csv", "error"),
        ("learning_rate", "train.csv", "learning_rate"),
        ("test/loss", "evaluation.csv", "test_loss"),
        ("test/error", "evaluation.csv", "test_error"),
      ] {
        #expect(shown[tag] == column(run, log, name) && shown[tag]?.isEmpty == false, "\(tag)")
      }
    }

    @Test func eventsAreTheRowsOfTheLogs() throws {
      let run = try ShortRun(["--tensorboard"], ranks: 2)
      #expect(run.run.status == 0, "\(run.run.errors)")
      let files = try files(run)
      #expect(files.count == 1)
      #expect(try Event.read(files[0]).first?.version == "brain.Event:2")
      try expectTheLogs(run)
    }

    @Test func aResumeForgetsWhatItRepeats() throws {
      let run = try ShortRun(["--tensorboard", "--stop-after", "5"])
      // As if it had been killed after iteration 5: the checkpoint of iteration 3 is the last.
      try FileManager.default.removeItem(atPath: run.file("checkpoints/step-00000005.safetensors"))
      let resumed = try CommandRun.disttrain(
        ShortRun.flags + ["--tensorboard", "--resume", "--run", run.file("")])
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try files(run).count == 2)
      try expectTheLogs(run)
      let undisturbed = try ShortRun([])
      #expect(resumed.lastLine == undisturbed.run.lastLine)
      #expect(try files(undisturbed).isEmpty)
    }

    @Test func eventsOfALaterClockComeBeforeAResumesOwn() throws {
      let run = try ShortRun(["--tensorboard", "--stop-after", "4"])
      let first = try #require(try files(run).first)
      try FileManager.default.moveItem(
        atPath: first, toPath: run.file("events.out.tfevents.9000000000.elsewhere"))
      _ = try CommandRun.disttrain(
        ShortRun.flags + ["--tensorboard", "--resume", "--run", run.file("")])
      #expect(try files(run).last?.contains(".9000000001.") == true)
      try expectTheLogs(run)
    }
  }
}
