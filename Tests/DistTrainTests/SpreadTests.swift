import DistTrain
import Testing

@Suite struct SpreadTests {
  @Test func theMedianIsTheMiddleOrTheMeanOfTheTwoInTheMiddle() {
    let odd = Spread([9, 1, 4])
    #expect(odd.median == 4 && odd.min == 1 && odd.max == 9)
    #expect(Spread([9, 1, 4, 2]).median == 3)
  }
}
