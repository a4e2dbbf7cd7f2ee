import DistTrain
import Testing

@Suite struct FailureTests {
  @Test func exitCodesAreTheContracts() {
    #expect(Failure.Kind.usage.rawValue == 64)
    #expect(Failure.Kind.disagreement.rawValue == 76)
  }
}
