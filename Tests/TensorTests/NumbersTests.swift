import Foundation
import Tensor
import Testing

@Suite struct ElementaryFunctionsTests {
  @Test func expIsWithinTwoUlpsOfTheLibrarys() {
    for index in -7000...7000 {
      let x = Double(index) * 0.1 + Double(index) * 1e-7
      let expected = exp(x)
      #expect(abs(ElementaryFunctions.exp(x) - expected) <= 2 * expected.ulp, "exp(\(x))")
    }
    #expect(ElementaryFunctions.exp(-1e9) == 0)
    #expect(ElementaryFunctions.exp(1e9) == .infinity)
    #expect(ElementaryFunctions.exp(.nan).isNaN)
  }

  @Test func logIsWithinThreeUlpsOfTheLibrarys() {
    for index in 1...20000 {
      let x = Double(index) * 0.00037 * (index % 2 == 0 ? 1 : 1e-9)
      let expected = log(x)
      #expect(abs(ElementaryFunctions.log(x) - expected) <= 3 * expected.ulp, "log(\(x))")
    }
    #expect(ElementaryFunctions.log(0) == -.infinity)
    #expect(ElementaryFunctions.log(-1).isNaN)
  }
}

@Suite struct CounterGeneratorTests {
  /// The known answers of the generator's authors for 10 rounds.
  @Test func numbersAreThePublishedOnes() {
    let zeros = CounterGenerator(seed: 0).numbers(stream: 0, index: 0)
    #expect(zeros == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = CounterGenerator(seed: .max).numbers(stream: .max, index: .max)
    #expect(ones == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
  }

  @Test func uniformNumbersFillTheUnitInterval() {
    let generator = CounterGenerator(seed: 7)
    let numbers = (0..<10_000).map { generator.uniform(stream: 3, index: UInt64($0)) }
    #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(numbers.reduce(0, +) / 10_000 - 0.5) < 0.02)
    #expect(Set(numbers).count == 10_000)
  }
}

@Suite struct CombinationTests {
  /// Moments of uneven parts of data whose mean is a million times its deviation.
  @Test func mergedMomentsAreThoseOfAllValues() {
    let values = (0..<30).map { 1e6 + Double(($0 * 37) % 11) }
    func row(_ part: ArraySlice<Double>) -> DoubleView {
      let mean = part.reduce(0, +) / Double(part.count)
      return DoubleView([mean, part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }])
    }
    let left = row(values[0..<20])
    Combination.moments(valuesPerLeaf: 10).merge(
      left, leaves: 2, with: row(values[20...]), leaves: 1)
    let expected = row(values[...])
    #expect(abs(left[0] - expected[0]) < 1e-6)
    #expect(abs(left[1] - expected[1]) < 1e-6 * expected[1])
  }

  /// Rows of n means, then n sums of squares; a leaf of one value has no spread.
  @Test func channelsAreMergedApartAlongATree() {
    let channels: [[Double]] = [[1, 2, 4, 8, 16], [-3, 5, 5, 0, 1e9], [7, 7, 7, 7, 7]]
    func merged(_ node: Range<Int>) -> DoubleView {
      if node.count == 1 {
        return DoubleView(channels.map { $0[node.lowerBound] } + [0, 0, 0])
      }
      let (left, right) = SummationTree.children(of: node)
      let row = merged(left)
      Combination.moments(valuesPerLeaf: 1).merge(
        row, leaves: left.count, with: merged(right), leaves: right.count)
      return row
    }
    let row = merged(0..<5)
    for (index, values) in channels.enumerated() {
      let mean = values.reduce(0, +) / 5
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      // A few roundings of double precision.
      #expect(abs(row[index] - mean) <= 1e-15 * 8 * abs(mean))
      #expect(abs(row[3 + index] - squares) <= 1e-15 * 8 * squares)
    }
  }

  @Test func sumsAreAddedElementByElement() {
    let left = DoubleView([1, 2, 3])
    Combination.sum.merge(left, leaves: 5, with: DoubleView([10, 20, 30]), leaves: 1)
    #expect(left.array == [11, 22, 33])
  }
}

@Suite struct BatchNormMomentsTests {
  @Test func momentsOfAnOffsetImageDoNotCancel() {
    let shape = ImageShape(side: 16, channels: 16)
    let image = randomView(shape.count, 5)
    for index in 0..<image.count { image[index] = image[index] + 1000 }
    let sums = DoubleView(zeros: 32)
    accumulateMoments(image, shape: shape, pivot: image[0..<16], into: sums)
    finishMoments(sums, pivot: image[0..<16], values: 256)
    for channel in 0..<16 {
      let values = (0..<256).map { Double(image[$0 * 16 + channel]) }
      let mean = values.reduce(0, +) / 256
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      #expect(abs(sums[channel] - mean) < 1e-5)
      #expect(abs(sums[16 + channel] - squares) < 1e-5 * squares)
    }
  }
}

@Suite struct StochasticGradientDescentTests {
  /// v = m·v + g + wd·w; w −= lr·v, in double precision.
  @Test func aStepIsPyTorchs() {
    let (w, g, v) = (randomView(48, 1), randomView(48, 2), randomView(48, 3))
    let (w0, v0) = (w.array.map(Double.init), v.array.map(Double.init))
    sgd(
      w, gradient: g, momentumBuffer: v, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01)
    for index in 0..<48 {
      let velocity = 0.9 * v0[index] + Double(g[index]) + 0.01 * w0[index]
      #expect(abs(Double(v[index]) - velocity) < 1e-6)
      #expect(abs(Double(w[index]) - (w0[index] - 0.1 * velocity)) < 1e-6)
    }
  }
}
