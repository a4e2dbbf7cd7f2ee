import Foundation
import Testing

import DistTrain

/// The rows of a run's logs against lines written by hand, and whole logs read back.
@Suite struct LogRowTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.file("log.csv") }

  private func write(_ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  /// Appends rows to a new log, and expects its bytes, and the rows when they are read.
  private func expect<Row: LogRow>(_ rows: [Row], are text: String) throws {
    let log = try MetricLog<Row>(
      path, schedule: LogSchedule(every: 1, last: 9), continuingAfter: 0)
    try log.open()
    for row in rows { try log.append(row) }
    #expect(fileText(path) == text)
    #expect(try [Row](contentsOf: path) == rows)
  }

  @Test func trainRowsAreTheLinesOfTrainCSV() throws {
    try expect(
      [
        TrainRow(iteration: 50, epoch: 0.128, learningRate: 0.1, loss: 2.5, error: 0.875),
        TrainRow(iteration: 64_000, epoch: 163.84, learningRate: 1e-5, loss: 1e16, error: 0),
      ],
      are: """
        iteration,epoch,learning_rate,loss,error
        50,0.128,0.1,2.5,0.875
        64000,163.84,1e-05,1e+16,0.0

        """)
  }

  @Test func evaluationRowsAreTheLinesOfEvaluationCSV() throws {
    try expect(
      [
        EvaluationRow(
          iteration: 391, epoch: 1.00096, trainError: 0.5, testLoss: 1.0 / 3, testError: 0.0827)
      ],
      are: """
        iteration,epoch,train_error,test_loss,test_error
        391,1.00096,0.5,0.3333333333333333,0.0827

        """)
  }

  @Test func hashRowsAreTheLinesOfHashesCSV() throws {
    try expect(
      [HashRow(iteration: 391, weightsDigest: "00ff")], are: "iteration,weights_sha256\n391,00ff\n")
  }

  @Test func timingRowsAreTheLinesOfTimingCSV() throws {
    try expect(
      [TimingRow(iteration: 50, ranks: 4, seconds: 12.5, imagesPerSecond: 512)],
      are: "iteration,ranks,seconds,images_per_second\n50,4,12.5,512.0\n")
  }

  /// Every number reads back to the same bits.
  @Test func numbersAreTheShortestThatReadBack() throws {
    for number in [0.1 + 0.2, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1.0 / 3, -0.0] {
      let row = TrainRow(iteration: 1, epoch: number, learningRate: 0, loss: number, error: number)
      let back = try #require(TrainRow(fields: row.fields))
      #expect(back.loss.bitPattern == number.bitPattern && back == row)
    }
  }

  @Test func aRunThatIsStillWrittenIsReadAsFarAsItsRowsAreWhole() throws {
    let header = HashRow.columns.joined(separator: ",")
    for (text, iterations) in [
      ("\(header)\n", []), ("\(header)\n1,a\n2,b", [1]), ("\(header)\r\n1,a\r\n2,b\r\n", [1, 2]),
      ("\(header)\n1,a\n2", [1]),
    ] {
      try write(text)
      #expect(try [HashRow](contentsOf: path).map(\.iteration) == iterations)
    }
  }

  @Test func whatIsNoLogIsRefusedWithFileAndRow() throws {
    let header = TrainRow.columns.joined(separator: ",")
    for (text, word) in [
      ("", "does not begin with \(header)"), (header, "does not begin with \(header)"),
      ("iteration,weights_sha256\n", "does not begin"),
      ("\(header)\n50,1,0.1,2,0.5\n100,1,0.1,2\n", "\"100,1,0.1,2\""),
      ("\(header)\n50,1,0.1,2,0.5,7\n", "\"50,1,0.1,2,0.5,7\""),
      ("\(header)\n50,1,0.1,low,0.5\n", "\"50,1,0.1,low,0.5\""),
      ("\(header)\n5.5,1,0.1,2,0.5\n", "\"5.5,1,0.1,2,0.5\""),
    ] {
      try write(text)
      let failure = #expect(throws: Failure.self) { try [TrainRow](contentsOf: path) }
      #expect(failure?.kind == .data && failure?.message.contains(path) == true)
      #expect(failure?.message.contains(word) == true, "\(failure as Any)")
    }
    let missing = #expect(throws: Failure.self) { try [TrainRow](contentsOf: path + "x") }
    #expect(missing?.kind == .missingInput)
  }

  /// A carriage return in it would be taken for the end of the line when it is read again.
  @Test(arguments: ["00fg", "<script>", "00ff\r", "00,ff", "００"])
  func aHashIsOfHexadecimalDigits(hash: String) throws {
    try write("iteration,weights_sha256\n391,\(hash)\r\n")
    let failure = #expect(throws: Failure.self) { try [HashRow](contentsOf: path) }
    #expect(failure?.kind == .data && failure?.message.contains("has the row") == true)
  }

  /// Some would make a counter overflow.
  @Test(arguments: [
    "4,0.25,3\n4,0.5,x\n", "4,0.25,5\n", "4,0.25,-1\n", "4,inf,3\n", "4,nan,3\n",
    "4,0.25,9223372036854775807\n",
  ])
  func aTimingThatCannotBeNotedIsNone(notes: String) {
    #expect(StepTiming(noted: Array(notes.utf8), at: 4) == StepTiming())
    #expect(StepTiming(noted: Array("2,1,1\n4,0.25,3\n".utf8), at: 4).steps == 3)
  }
}
