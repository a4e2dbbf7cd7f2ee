import Testing

import DistTrain

/// How long a run still takes, and when its evaluations come.
@Suite struct ForecastTests {
  @Test(arguments: [(0, 10), (1, 7), (3, 10), (5, 20), (7, 7)])
  func rowsAreCountedAsTheyCome(every: Int, last: Int) {
    let schedule = LogSchedule(every: every, last: last)
    for begin in 0...last {
      for end in begin...last {
        let due = (begin..<end).map { $0 + 1 }.filter(schedule.isDue)
        #expect(schedule.count(after: begin, through: end) == due.count, "\(begin) to \(end)")
      }
    }
  }

  @Test func evaluationsTakeTheirTimeToo() throws {
    let configuration = try Configuration(.paper) {
      $0.iterations = 1000
      $0.evaluateEvery = 100
      $0.globalBatch = 100
      $0.microShards = 10
    }
    var left = TimeLeft(configuration, end: 1000)
    // 10,000 images forward, which is a third of 100 steps.
    #expect(abs(left.seconds(after: 950, secondsPerStep: 0.3) - (50 * 0.3 + 10)) < 1e-9)
    left.evaluationSeconds = 2
    #expect(abs(left.seconds(after: 0, secondsPerStep: 0.5) - (500 + 10 * 2)) < 1e-9)
    #expect(left.seconds(after: 1000, secondsPerStep: 0.5) == 0)
    // A training that stops early has fewer.
    var early = TimeLeft(configuration, end: 250)
    early.evaluationSeconds = 2
    #expect(abs(early.seconds(after: 150, secondsPerStep: 0.5) - (50 + 2)) < 1e-9)
  }

  @Test func aRunNamesWhatItDoesUnlikeItsRecipe() throws {
    func deviations(_ give: (inout PartialConfiguration) -> Void) throws -> [String] {
      try Configuration(PartialConfiguration(give)).deviationsFromRecipe()
    }
    #expect(try deviations { _ in }.isEmpty)
    // What network it is, and of which images, is no deviation; nor is what follows from it.
    #expect(
      try deviations {
        $0.recipe = .tanjeffreyz
        $0.network = .residual
        $0.depth = 110
        $0.shortcut = .B
        $0.dataset = .cifar100
      }.isEmpty)
    #expect(
      try deviations {
        $0.globalBatch = 64
        $0.seed = 2
      } == ["--global-batch 64", "--seed 2"])
    #expect(
      try deviations {
        $0.recipe = .tanjeffreyz
        $0.stem = .batchnorm
        $0.iterations = 64_000
        $0.fromSHA256 = String(repeating: "ab", count: 32)
      } == ["--from (SHA-256 abababab…)", "--iterations 64000", "--stem batchnorm"])
    #expect(
      try deviations {
        $0.depth = 110
        $0.warmUpIterations = 0
      } == ["--warmup-iterations 0"])
  }
}
