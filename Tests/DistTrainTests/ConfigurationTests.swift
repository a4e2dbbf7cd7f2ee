import ResNet
import Testing

import DistTrain

/// From flags to a configuration: what is refused, and what a flag implies.
@Suite struct ConfigurationTests {
  typealias Change = @Sendable (inout PartialConfiguration) -> Void

  /// Flags that cannot be, and words that must be said of them.
  struct Refusal: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let change: Change
    let words: [String]

    init(_ name: String, _ words: [String], _ change: @escaping Change) {
      testDescription = name
      self.change = change
      self.words = words
    }
  }

  private func resolve(_ change: Change) throws -> Configuration {
    try Configuration(PartialConfiguration(change))
  }

  static let refusals = [
    Refusal("a depth between", ["--depth 21", "6n+2"]) { $0.depth = 21 },
    Refusal("a depth beyond memory", ["--depth 6000002", "10000"]) { $0.depth = 6_000_002 },
    Refusal("the largest depth", ["--depth 9223372036854775802"]) { $0.depth = .max - 5 },
    Refusal("no iterations", ["--iterations 0", "below 1"]) { $0.iterations = 0 },
    Refusal("iterations beyond count", ["--iterations \(Int.max)", "1000000000"]) {
      $0.iterations = .max
    },
    Refusal("milestones below 0", ["--milestones -1,3", "-1, which is below 0"]) {
      $0.milestones = [-1, 3]
    },
    Refusal("milestones that descend", ["--milestones 5,3 is not ascending"]) {
      $0.milestones = [5, 3]
    },
    Refusal("projections of a plain network", ["--network plain", "--projection-init average"]) {
      $0.network = .plain
      $0.projectionInitialization = .average
    },
    Refusal("a mean alone", ["--mean 0.5 ", "bytes/255"]) { $0.mean = [0.5] },
    Refusal("means of bytes", ["--mean 125.3,123.0,113.9", "bytes/255"]) {
      $0.mean = [125.3, 123.0, 113.9]
    },
    Refusal("deviations of 0", ["--std 0.0,0.0,0.0", "(0, 1]"]) { $0.std = [0, 0, 0] },
    Refusal("constants of pixel means", ["--mean", "--normalize pixel-mean"]) {
      $0.mean = [0.5, 0.5, 0.5]
      $0.normalization = .pixelMean
    },
  ]

  @Test(arguments: refusals)
  func flagsThatCannotBeAreNamedWithTheirValue(refusal: Refusal) throws {
    let failure = #expect(throws: Failure.self) { try resolve(refusal.change) }
    #expect(failure?.kind == .usage)
    for word in refusal.words {
      #expect(failure?.message.contains(word) == true, "\(failure as Any)")
    }
  }

  @Test func theBoundsThemselvesAreTaken() throws {
    let configuration = try resolve {
      $0.iterations = 1_000_000_000
      $0.depth = 9998
      $0.milestones = []
    }
    #expect(configuration.iterations == 1_000_000_000 && configuration.depth == 9998)
    #expect(configuration.milestones.isEmpty)
    #expect(throws: Failure.self) { try resolve { $0.depth = 10_004 } }
  }

  @Test(arguments: [Configuration.RecipeName.paper, .tanjeffreyz])
  func channelConstantsMeanChannelMeanStdInEveryRecipe(recipe: Configuration.RecipeName) throws {
    let mean = try resolve {
      $0.recipe = recipe
      $0.mean = [0.5, 0.4, 0.3]
    }
    #expect(
      mean.normalization == .channelMeanStd && mean.mean == [0.5, 0.4, 0.3] && mean.std == nil)
    let std = try resolve {
      $0.recipe = recipe
      $0.std = [0.2, 0.2, 0.2]
    }
    #expect(std.normalization == .channelMeanStd && std.mean == nil && std.std == [0.2, 0.2, 0.2])
  }

  /// As a resume does: what is given is laid over what is stored, and they have to be equal.
  @Test func constantsOfTheStoredRunAreNoContradiction() throws {
    let stored = try resolve { $0.mean = [0.5, 0.4, 0.3] }
    let given = PartialConfiguration { $0.mean = [0.5, 0.4, 0.3] }
    var same = stored
    same.apply(given)
    #expect(same == stored)
    var other = try resolve { _ in }
    let pixelMean = other
    other.apply(given)
    #expect(other.differences(from: pixelMean).map(\.flag) == ["--mean", "--normalize"])
  }
}
