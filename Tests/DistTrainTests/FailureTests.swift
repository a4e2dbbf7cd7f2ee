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

  @Test func thereAreNoOtherExitCodes() {
    let all = (Int32(0)...255).filter { Failure.Kind(rawValue: $0) != nil }
    #expect(all == Self.codes.map(\.code))
  }
}
