import ResNet
import Testing

import DistTrain

/// The learning rate as runs see it, from recipe and flags to every iteration's value.
@Suite struct LearningRateTests {
  private func resolve(
    _ recipe: Configuration.RecipeName = .paper, _ give: (inout PartialConfiguration) -> Void
  ) throws -> Configuration {
    try Configuration(recipe, give)
  }

  /// All rates of a schedule as runs of equal ones.
  private func trace(_ configuration: Configuration) -> [(rate: Double, iterations: Int)] {
    let schedule = LearningRateSchedule(configuration)
    var runs: [(rate: Double, iterations: Int)] = []
    for iteration in 0..<configuration.iterations {
      let rate = schedule.rate(at: iteration)
      if runs.last?.rate == rate {
        runs[runs.count - 1].iterations += 1
      } else {
        runs.append((rate, 1))
      }
    }
    return runs
  }

  private func expect(
    _ configuration: Configuration, _ expected: [(Double, Int)],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let runs = trace(configuration)
    #expect(runs.map(\.rate) == expected.map(\.0), sourceLocation: sourceLocation)
    #expect(runs.map(\.iterations) == expected.map(\.1), sourceLocation: sourceLocation)
  }

  @Test(arguments: [20, 32, 44, 56, 104])
  func thePaperDropsAt32000And48000Of64000(depth: Int) throws {
    for network in [Architecture.Kind.residual, .plain] {
      let configuration = try resolve {
        $0.depth = depth
        $0.network = network
      }
      expect(configuration, [(0.1, 32_000), (0.01, 16_000), (0.001, 16_000)])
    }
  }

  @Test(arguments: [110, 1202], [Architecture.Kind.residual, .plain])
  func thePaperWarmsUpFor400IterationsFromDepth110On(
    depth: Int, network: Architecture.Kind
  ) throws {
    let configuration = try resolve {
      $0.depth = depth
      $0.network = network
    }
    expect(configuration, [(0.01, 400), (0.1, 31_600), (0.01, 16_000), (0.001, 16_000)])
  }

  @Test(
    arguments: [
      (56, .residual, true), (110, .residual, true), (50, .residual, false), (44, .residual, false),
      (20, .residual, false), (56, .plain, false), (110, .plain, false),
    ] as [(Int, Architecture.Kind, Bool)])
  func tanjeffreyzWarmsUpForAnEpochInDeepResidualNetworksOnly(
    depth: Int, network: Architecture.Kind, warmsUp: Bool
  ) throws {
    let configuration = try resolve(.tanjeffreyz) {
      $0.depth = depth
      $0.network = network
    }
    #expect(configuration.iterations == 62_560)
    let tail = [(0.01, 16_000), (0.001, 14_560)]
    expect(configuration, (warmsUp ? [(0.01, 391), (0.1, 31_609)] : [(0.1, 32_000)]) + tail)
  }

  @Test func tanjeffreyzsOtherValuesAreItsOwn() throws {
    let other = try resolve(.tanjeffreyz) { _ in }
    #expect(other.normalization == .imageMean && other.augmentation == .crop && other.stem == .bare)
    let paper = try resolve { _ in }
    #expect(paper.normalization == .pixelMean && paper.augmentation == .cropFlip)
    #expect(paper.stem == .batchnorm)
    let overridden = try resolve(.tanjeffreyz) {
      $0.stem = .batchnorm
      $0.iterations = 10
    }
    #expect(overridden.stem == .batchnorm && overridden.iterations == 10)
    #expect(overridden.normalization == .imageMean)
  }

  @Test func noWarmUpIterationsTurnTheRecipesWarmUpOff() throws {
    let warmed: [(Configuration.RecipeName, Int, Int)] = [
      (.paper, 110, 16_000), (.tanjeffreyz, 56, 14_560),
    ]
    for (recipe, depth, last) in warmed {
      let configuration = try resolve(recipe) {
        $0.depth = depth
        $0.warmUpIterations = 0
      }
      #expect(configuration.warmUpLearningRate == nil)
      expect(configuration, [(0.1, 32_000), (0.01, 16_000), (0.001, last)])
    }
  }

  @Test func aFlagOfTheWarmUpBeatsTheRecipesAndKeepsTheOther() throws {
    let longer = try resolve {
      $0.depth = 110
      $0.warmUpIterations = 1000
    }
    expect(longer, [(0.01, 1000), (0.1, 31_000), (0.01, 16_000), (0.001, 16_000)])
    let slower = try resolve {
      $0.depth = 110
      $0.warmUpLearningRate = 0.03
    }
    expect(slower, [(0.03, 400), (0.1, 31_600), (0.01, 16_000), (0.001, 16_000)])
  }

  @Test func ownMilestonesAndGammaDropTheRate() throws {
    let halved = try resolve {
      $0.iterations = 20
      $0.learningRate = 0.8
      $0.decayFactor = 0.5
      $0.milestones = [3, 4, 10, 19, 500]
    }
    expect(halved, [(0.8, 3), (0.4, 1), (0.2, 6), (0.1, 9), (0.05, 1)])
    let constant = try resolve {
      $0.iterations = 7
      $0.milestones = []
    }
    expect(constant, [(0.1, 7)])
    let fromTheStart = try resolve {
      $0.iterations = 4
      $0.milestones = [0, 2]
    }
    expect(fromTheStart, [(0.01, 2), (0.001, 2)])
    let other = try resolve {
      $0.iterations = 2
      $0.decayFactor = 0.3
      $0.milestones = [1]
    }
    expect(other, [(0.1, 1), (0.1 * 0.3, 1)])
  }

  /// A milestone within the warm-up counts once it is over.
  @Test func aWarmUpHidesMilestonesButDoesNotUndoThem() throws {
    let configuration = try resolve {
      $0.iterations = 6
      $0.milestones = [1]
      $0.warmUpLearningRate = 0.5
      $0.warmUpIterations = 3
    }
    expect(configuration, [(0.5, 3), (0.01, 3)])
  }
}
