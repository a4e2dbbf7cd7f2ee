import Benchmarking
import Testing

@Suite struct SummaryTests {
  @Test func theMedianIsTheMiddleOrTheMeanOfTheTwoInTheMiddle() {
    let odd = Summary([9, 1, 4])
    #expect(odd.median == 4 && odd.min == 1 && odd.max == 9)
    #expect(Summary([9, 1, 4, 2]).median == 3)
  }
}
