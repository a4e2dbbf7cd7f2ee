import ResNet
import Tensor
import Testing

@Suite struct ParameterLayoutTests {
  @Test(arguments: [
    (20, 269_722), (32, 464_154), (44, 658_586), (56, 853_018), (110, 1_727_962),
    (1202, 97_216 * 200 - 21_926),
  ])
  func plainAndOptionAHaveThePapersParameters(depth: Int, count: Int) {
    #expect(ParameterLayout(Architecture(depth: depth)).trainableCount == count)
    #expect(ParameterLayout(Architecture(kind: .plain, depth: depth)).trainableCount == count)
  }

  @Test(arguments: [
    (20, 272_378, 283_626), (32, 466_810, 489_034), (44, 661_242, 694_442),
    (56, 855_674, 899_850), (110, 1_730_618, 1_824_186),
  ])
  func projectionsAddTheirWeightsAndBiases(depth: Int, optionB: Int, optionC: Int) {
    #expect(ParameterLayout(Architecture(depth: depth, shortcut: .B)).trainableCount == optionB)
    #expect(ParameterLayout(Architecture(depth: depth, shortcut: .C)).trainableCount == optionC)
  }

  @Test func theBareStemHasABiasInsteadOfBatchNorm() {
    let layout = ParameterLayout(Architecture(stem: .bare))
    #expect(layout.trainableCount == 269_722 - 16)
    #expect(layout.slot("conv1.bias").shape == [16])
    #expect(!layout.parameters.contains { $0.name.hasPrefix("bn1") })
  }

  @Test func slotsCoverTheBuffersWithoutOverlap() {
    let layout = ParameterLayout(Architecture(shortcut: .C, stem: .bare, classes: 100))
    var end = 0
    for slot in layout.parameters {
      #expect(slot.range.lowerBound == end)
      #expect(slot.range.count >= slot.count && slot.range.lowerBound % vectorLanes == 0)
      end = slot.range.upperBound
    }
    #expect(end == layout.parameterCount)
  }

  @Test func valuesSurviveTheLayoutsBothWays() {
    let layout = ParameterLayout(Architecture(shortcut: .B, classes: 100))
    let buffer = FloatView(zeros: layout.parameterCount)
    for slot in layout.parameters {
      let values = (0..<slot.count).map { Float($0 + 1) }
      slot.store(values, in: buffer)
      #expect(slot.load(from: buffer) == values)
    }
    let convolution = layout.slot("layer1.0.conv1.weight")
    // Element [o=2][i=5][ky=1][kx=0] of PyTorch is [tap 3][i=5][o=2] of the kernels.
    #expect(
      buffer[convolution.range.lowerBound + (3 * 16 + 5) * 16 + 2]
        == Float((2 * 16 + 5) * 9 + 3 + 1))
  }
}
