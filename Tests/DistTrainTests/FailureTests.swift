import DistTrain
import Testing

@Suite struct FailureTests {
  private static let codes: [(kind: Failure.Kind, code: Int32)] = [
    (.usage, 64), (.data, 65), (.missingInput, 66), (.environment, 69), (.internal, 70),
    (.inputOutput, 74), (.interrupted, 75), (.disagreement, 76),
  ]

  @Test(arguments: codes)
  func anExitCodeIsTheContracts(kind: Failure.Kind, code: Int32) {
    #expect(kind.rawValue == code)
  }

  /// A file can put anything into a message, such as what clears a terminal.
  @Test func aMessageIsOneLineOfWhatATerminalShows() {
    let failure = Failure(
      .data, "a.safetensors has the tensor a\r\n\u{1b}[2J\0\u{2028}é; restore it")
    #expect(failure.message == "a.safetensors has the tensor a   [2J  é; restore it")
  }

  @Test func aMessageThatIsVeryLongKeepsItsBeginningAndItsEnd() {
    let message = "a" + String(repeating: "x", count: 1_000_000) + "b"
    let failure = Failure(.data, message)
    #expect(failure.message.count == 2001)
    #expect(failure.message.hasPrefix("ax") && failure.message.hasSuffix("xb"))
    #expect(failure.message.contains("x…x"))
    #expect(Failure(.data, String(repeating: "x", count: 2000)).message.count == 2000)
  }

  @Test func thereAreNoOtherExitCodes() {
    let all = (Int32(0)...255).filter { Failure.Kind(rawValue: $0) != nil }
    #expect(all == Self.codes.map(\.code))
  }
}
