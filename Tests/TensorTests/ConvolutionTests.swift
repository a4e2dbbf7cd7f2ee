import Tensor
import Testing

/// Uniform numbers in [−1, 1), a function of a key.
func randomView(_ count: Int, _ key: UInt64) -> FloatView {
  let generator = CounterGenerator(seed: key)
  return FloatView(
    (0..<count).map { Float(2 * generator.uniform(stream: 0, index: UInt64($0)) - 1) })
}

/// The largest difference relative to the largest expected magnitude.
func worstError(_ actual: [Float], _ expected: [Double]) -> Double {
  precondition(actual.count == expected.count, "\(actual.count) values, \(expected.count) expected")
  let scale = expected.map(abs).max() ?? 0
  var worst = 0.0
  for (a, e) in zip(actual, expected) {
    let error = abs(Double(a) - e)
    worst = error.isNaN ? .infinity : max(worst, error)
  }
  return worst / scale
}

/// A 3×3 convolution by its definition in double precision, with loops over indices alone.
struct PlainConvolution {
  let geometry: ConvolutionGeometry
  let input: [Double]
  let weights: [Double]
  let gradient: [Double]

  private func forEachTerm(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
    let g = geometry
    for y in 0..<g.outputSide {
      for x in 0..<g.outputSide {
        for (ky, kx) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
          let (row, column) = (y * g.stride + ky - 1, x * g.stride + kx - 1)
          if row < 0 || column < 0 || row >= g.inputSide || column >= g.inputSide { continue }
          for i in 0..<g.inputChannels {
            for o in 0..<g.outputChannels {
              body(
                (row * g.inputSide + column) * g.inputChannels + i,
                ((ky * 3 + kx) * g.inputChannels + i) * g.outputChannels + o,
                (y * g.outputSide + x) * g.outputChannels + o)
            }
          }
        }
      }
    }
  }

  func output() -> [Double] {
    var result = [Double](repeating: 0, count: geometry.outputCount)
    forEachTerm { result[$2] += input[$0] * weights[$1] }
    return result
  }

  func inputGradient() -> [Double] {
    var result = [Double](repeating: 0, count: geometry.inputCount)
    forEachTerm { result[$0] += gradient[$2] * weights[$1] }
    return result
  }

  func weightGradient() -> [Double] {
    var result = [Double](repeating: 0, count: geometry.weightCount)
    forEachTerm { result[$1] += gradient[$2] * input[$0] }
    return result
  }
}

/// What an engine computes for some images that are given as whole arrays.
struct EngineRun {
  let geometry: ConvolutionGeometry
  let inputs: [FloatView]
  let weights: FloatView
  let gradients: [FloatView]
  let engine: any ConvolutionEngine

  init(
    _ geometry: ConvolutionGeometry, images: Int,
    engine: (ConvolutionGeometry, Arena) -> any ConvolutionEngine
  ) {
    self.geometry = geometry
    inputs = (0..<images).map { randomView(geometry.inputCount, UInt64(100 + $0)) }
    gradients = (0..<images).map { randomView(geometry.outputCount, UInt64(200 + $0)) }
    weights = randomView(geometry.weightCount, 300)
    self.engine = engine(geometry, Arena())
  }

  /// Copies an image to a scratch of its size, or to the interior of a larger one.
  private func copy(_ image: FloatView, side: Int, channels: Int, to scratch: FloatView) {
    let border = scratch.count > image.count ? 1 : 0
    for y in 0..<side {
      for x in 0..<side {
        for c in 0..<channels {
          scratch[((y + border) * (side + 2 * border) + x + border) * channels + c] =
            image[(y * side + x) * channels + c]
        }
      }
    }
  }

  /// Says where an input is: odd images of the scratch's form where they are, others in the scratch.
  private func give(_ image: Int, _ scratch: FloatView) -> FloatView {
    let input = inputs[image]
    if image % 2 == 1, scratch.count == input.count { return input }
    copy(input, side: geometry.inputSide, channels: geometry.inputChannels, to: scratch)
    return scratch
  }

  func forward(_ images: Range<Int>) -> FloatView {
    let output = ImageBuffer(
      FloatView(zeros: inputs.count * geometry.outputCount), shape: geometry.outputShape)
    output.elements.fill(with: .nan)
    engine.prepareForward(weights: weights)
    var finished: [Int] = []
    let upcoming = UpcomingImages([output])
    engine.forward(images: images, output: output, upcoming: upcoming) { image, scratch in
      give(image, scratch)
    } finish: {
      finished.append($0)
    }
    #expect(finished == Array(images))
    return output.elements
  }

  func backward(_ images: Range<Int>) -> (weights: FloatView, inputs: [[Float]]) {
    let weightGradient = FloatView(zeros: geometry.weightCount)
    weightGradient.fill(with: .nan)
    var inputGradients: [[Float]] = []
    engine.prepareBackward(weights: weights)
    engine.backward(
      images: images, weightGradient: weightGradient, upcomingGradients: .none,
      upcomingInputs: .none
    ) {
      image, scratch in
      copy(
        gradients[image], side: geometry.outputSide, channels: geometry.outputChannels, to: scratch)
    } fillInput: { image, scratch in
      give(image, scratch)
    } finish: { _, gradient in
      inputGradients.append(gradient.array)
      gradient.fill(with: .nan)
    }
    return (weightGradient, inputGradients)
  }

  func plain(_ image: Int) -> PlainConvolution {
    PlainConvolution(
      geometry: geometry, input: inputs[image].array.map(Double.init),
      weights: weights.array.map(Double.init), gradient: gradients[image].array.map(Double.init))
  }
}

enum EngineName: CaseIterable {
  case direct, vector, openBLAS

  func make(_ geometry: ConvolutionGeometry, _ arena: Arena) -> any ConvolutionEngine {
    switch self {
    case .direct: DirectConvolution(geometry: geometry, arena: arena)
    case .vector: makeVectorConvolution(geometry: geometry, arena: arena)
    case .openBLAS: OpenBLASConvolution(geometry: geometry, arena: arena)
    }
  }
}

@Suite struct ConvolutionTests {
  static let geometries = [
    ConvolutionGeometry(inputSide: 32, inputChannels: 3, outputChannels: 16),
    ConvolutionGeometry(inputSide: 32, inputChannels: 16, outputChannels: 16),
    ConvolutionGeometry(inputSide: 16, inputChannels: 32, outputChannels: 32),
    ConvolutionGeometry(inputSide: 8, inputChannels: 64, outputChannels: 64),
    ConvolutionGeometry(inputSide: 32, inputChannels: 16, outputChannels: 32, stride: 2),
    ConvolutionGeometry(inputSide: 16, inputChannels: 32, outputChannels: 64, stride: 2),
    ConvolutionGeometry(inputSide: 12, inputChannels: 48, outputChannels: 48),
    ConvolutionGeometry(inputSide: 8, inputChannels: 48, outputChannels: 96, stride: 2),
    ConvolutionGeometry(inputSide: 4, inputChannels: 16, outputChannels: 112),
    ConvolutionGeometry(inputSide: 20, inputChannels: 16, outputChannels: 80),
  ]

  @Test(arguments: geometries, EngineName.allCases)
  func forwardIsTheDefinition(geometry: ConvolutionGeometry, engine: EngineName) {
    let run = EngineRun(geometry, images: 11, engine: engine.make)
    let output = run.forward(0..<11)
    for image in 0..<11 {
      let part = output[image * geometry.outputCount..<(image + 1) * geometry.outputCount]
      #expect(worstError(part.array, run.plain(image).output()) < 2e-5)
    }
  }

  @Test(arguments: geometries, EngineName.allCases)
  func gradientsAreTheDefinitions(geometry: ConvolutionGeometry, engine: EngineName) {
    let run = EngineRun(geometry, images: 11, engine: engine.make)
    // Twice, so that anything left behind by the first call shows.
    _ = run.backward(0..<11)
    let (weights, inputs) = run.backward(0..<11)
    let plains = (0..<11).map(run.plain)
    var sum = [Double](repeating: 0, count: geometry.weightCount)
    for plain in plains {
      for (index, value) in plain.weightGradient().enumerated() { sum[index] += value }
    }
    #expect(worstError(weights.array, sum) < 2e-5)
    #expect(inputs.count == (geometry.inputChannels == 3 ? 0 : 11))
    for (input, plain) in zip(inputs, plains) {
      #expect(worstError(input, plain.inputGradient()) < 2e-5)
    }
  }

  @Test(arguments: geometries, [EngineName.direct, .vector])
  func anImagesBytesDoNotDependOnItsCompany(geometry: ConvolutionGeometry, engine: EngineName) {
    let run = EngineRun(geometry, images: 5, engine: engine.make)
    let together = run.forward(0..<5).array
    let gradients = run.backward(0..<5).inputs
    for image in 0..<5 {
      let alone = run.forward(image..<image + 1).array
      let part = image * geometry.outputCount..<(image + 1) * geometry.outputCount
      #expect(alone[part].map(\.bitPattern) == together[part].map(\.bitPattern))
      if geometry.inputChannels != 3 {
        let gradient = run.backward(image..<image + 1).inputs[0]
        #expect(gradient.map(\.bitPattern) == gradients[image].map(\.bitPattern))
      }
    }
  }
}
