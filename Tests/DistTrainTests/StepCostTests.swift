import Benchmarking
import ResNet
import Testing

@Suite struct StepCostTests {
  @Test(arguments: [(20, 40_551_040), (32, 68_862_592), (56, 125_485_696), (110, 252_887_680)])
  func forwardMultiplyAddsOfOptionAAreTheKnownOnes(depth: Int, multiplyAdds: Int) {
    for kind in [Architecture.Kind.residual, .plain] {
      let cost = StepCost(Architecture(kind: kind, depth: depth))
      #expect(cost.multiplyAdds == multiplyAdds)
    }
  }

  /// The stem is 32·32·16·27 = 442,368 multiply-adds; its input has no gradient.
  @Test func aStepIsThreePassesWithoutTheGradientOfTheImage() {
    let cost = StepCost(Architecture(depth: 20))
    #expect(cost.operationsPerImage == 2 * (3 * 40_551_040 - 442_368))
  }

  /// Every projection of the paper's network costs 16²·32·16 = 8²·64·32 = 131,072 where it halves
  /// the side, and 32²·16·16 = 16²·32·32 = 8²·64·64 = 262,144 elsewhere.
  @Test func projectionsAddTheirOwnMultiplyAdds() {
    let a = StepCost(Architecture(depth: 20)).multiplyAdds
    #expect(StepCost(Architecture(depth: 20, shortcut: .B)).multiplyAdds == a + 2 * 131_072)
    #expect(
      StepCost(Architecture(depth: 20, shortcut: .C)).multiplyAdds == a + 2 * 131_072 + 7 * 262_144)
  }

  @Test func moreClassesCostALargerLinearLayerOnly() {
    let ten = StepCost(Architecture(depth: 20)).multiplyAdds
    #expect(StepCost(Architecture(depth: 20, classes: 100)).multiplyAdds == ten + 90 * 64)
  }
}
