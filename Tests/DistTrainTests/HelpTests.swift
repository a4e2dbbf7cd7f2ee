import Testing

extension EndToEnd {
  @Suite struct Help {
    @Test func everyFlagOfTheContractIsExplained() throws {
      let train = try CommandRun.disttrain(["train", "--help"])
      for flag in [
        "recipe", "network", "depth", "shortcut", "projection-init", "stem", "dataset", "data",
        "train-images", "normalize", "mean", "std", "augment", "order", "global-batch",
        "micro-shards", "bn-group", "iterations", "stop-after", "lr", "milestones", "gamma",
        "warmup-lr", "warmup-iterations", "momentum", "weight-decay", "weight-decay-scope", "seed",
        "init-weights", "run", "resume", "evaluate-every", "checkpoint-every", "keep", "log-every",
        "timeout", "convolution",
      ] {
        #expect(train.output.contains("--\(flag) "), "\(flag)")
      }
      let evaluate = try CommandRun.disttrain(["evaluate", "--help"])
      for flag in ["weights", "data", "dataset", "network", "normalize", "json"] {
        #expect(evaluate.output.contains("--\(flag) "), "\(flag)")
      }
      #expect(train.status == 0 && evaluate.status == 0)
    }
  }
}
