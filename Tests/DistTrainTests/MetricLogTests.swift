import Foundation
import Testing

import DistTrain

/// The least that a log can say.
private struct LossRow: LogRow {
  static let columns = ["iteration", "loss"]

  var iteration: Int
  var loss: Double

  var fields: [String] { ["\(iteration)", "\(loss)"] }
}

extension LossRow {
  init?(fields: [String]) {
    guard fields.count == 2, let iteration = Int(fields[0]), let loss = Double(fields[1]) else {
      return nil
    }
    self.init(iteration: iteration, loss: loss)
  }
}

/// Logs that grow row by row and survive crashes.
@Suite struct MetricLogTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.file("log.csv") }

  private func open(_ iteration: Int) throws(Failure) -> MetricLog<LossRow> {
    let log = try MetricLog<LossRow>(
      path, schedule: LogSchedule(every: 2, last: 11), continuingAfter: iteration)
    try log.open()
    return log
  }

  private func write(_ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private func refusal(after iteration: Int) -> Failure? {
    do throws(Failure) {
      _ = try open(iteration)
      return nil
    } catch { return error }
  }

  @Test func everyRowIsInTheFileAtOnce() throws {
    let log = try open(0)
    #expect(fileText(path) == "iteration,loss\n")
    try log.append(LossRow(iteration: 50, loss: 2.25))
    #expect(fileText(path) == "iteration,loss\n50,2.25\n")
  }

  @Test func aResumeDropsRowsPastItsCheckpointAndARowThatWasCut() throws {
    try write("iteration,loss\n2,1.5\n4,1.25\n6,1.0\n8,0.7")
    try open(4).append(LossRow(iteration: 6, loss: 0.5))
    #expect(fileText(path) == "iteration,loss\n2,1.5\n4,1.25\n6,0.5\n")
    // Cut within the iteration's number, which then looks like an earlier one.
    try write("iteration,loss\n2,1.5\n1")
    _ = try open(2)
    #expect(fileText(path) == "iteration,loss\n2,1.5\n")
  }

  @Test func whatALossOfPowerMadeOfRowsPastTheCheckpointIsDropped() throws {
    let kept = "iteration,loss\n2,1.5\n4,1.25\n"
    for rest in [
      "\0\0\0\0\0\0", "\0\0\0\0\0\08,0.7\n", "6,\0\0\0\08,0.7\n", "6,1.0\n\0\0\0\n", "\n6\n8,0.7\n",
    ] {
      try write(kept + rest)
      #expect(try open(4).rows.count == 2)
      #expect(fileText(path) == kept)
      try write(kept + rest)
      #expect(refusal(after: 8)?.kind == .data)
    }
  }

  @Test func linesThatEndAsOnOtherSystemsAreReadAndWrittenAsOnThisOne() throws {
    try write("iteration,loss\r\n2,1.5\r\n4,1.25\r\n")
    let log = try open(4)
    #expect(log.rows == [LossRow(iteration: 2, loss: 1.5), LossRow(iteration: 4, loss: 1.25)])
    #expect(fileText(path) == "iteration,loss\n2,1.5\n4,1.25\n")
  }

  @Test func aLogThatIsALinkStaysOne() throws {
    let elsewhere = folder.file("elsewhere.csv")
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: elsewhere)
    try open(0).append(LossRow(iteration: 2, loss: 1.5))
    #expect(fileText(elsewhere) == "iteration,loss\n2,1.5\n")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == elsewhere)
  }

  @Test(arguments: [
    (LogSchedule(every: 2, last: 11), 7, [2, 4, 6]),
    (LogSchedule(every: 2, last: 11), 11, [2, 4, 6, 8, 10, 11]),
    (LogSchedule(every: 0, last: 11), 11, []), (LogSchedule(every: 5, last: 10), 10, [5, 10]),
    (LogSchedule(every: 50, last: 11), 10, []), (LogSchedule(every: 50, last: 11), 11, [11]),
  ])
  func aScheduleListsTheIterationsThatAreDue(schedule: LogSchedule, through: Int, rows: [Int]) {
    #expect(schedule.iterations(through: through) == rows)
    #expect((0...through).filter(schedule.isDue) == rows)
  }

  @Test func aNewRunDropsAllRows() throws {
    try write("iteration,loss\n2,1.5\n")
    _ = try open(0)
    #expect(fileText(path) == "iteration,loss\n")
  }

  @Test func aFileThatIsNoLogIsRefusedAndKept() throws {
    #expect(refusal(after: 4)?.kind == .missingInput)
    for (text, word) in [
      ("", "does not begin"), ("iteration,error\n2,1\n", "does not begin"), ("2,1.5\n", "begin"),
      ("iteration,loss\ntwo,1.5\n", "two,1.5"), ("iteration,loss\n2\n", "\"2\""),
      ("iteration,loss\n\0\0\0\n", "\\0\\0\\0"),
      ("iteration,loss\n2,1.5\n4,high\n", "4,high"),
      ("iteration,loss\n", "lacks that of iteration 2"),
      ("iteration,loss\n2,1.5\n", "lacks that of iteration 4"),
      ("iteration,loss\n4,1.5\n", "iteration 4 in place of that of iteration 2"),
      ("iteration,loss\n2,1\n3,1\n4,1\n", "iteration 3 in place of that of iteration 4"),
      ("iteration,loss\n2,1\n4,1\n4,1\n", "iteration 4 that does not belong"),
    ] {
      try write(text)
      let failure = try #require(refusal(after: 4))
      #expect(failure.kind == .data && failure.message.contains(path))
      #expect(failure.message.contains(word), "\(failure)")
      #expect(fileText(path) == text)
    }
  }
}

@Suite struct SHA256Tests {
  @Test func digestsAreThoseOfTheStandard() {
    #expect(
      SHA256.hexDigest(Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256.hexDigest([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test func partsAndNumbersAreHashedAsTheirBytesInARow() {
    let parts = SHA256()
    parts.update(Array("a".utf8))
    parts.update([] as [UInt8])
    parts.update(Array("bc".utf8))
    #expect(parts.hexDigest() == SHA256.hexDigest(Array("abc".utf8)))
    let numbers = SHA256()
    numbers.update([1.5, -2] as [Float])
    #expect(numbers.hexDigest() == SHA256.hexDigest([0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]))
  }
}
