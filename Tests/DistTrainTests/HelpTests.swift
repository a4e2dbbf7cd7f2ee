import Testing

import DistTrain

extension EndToEnd {
  @Suite struct Help {
    private static let trainHelp = Result { try CommandRun.disttrain(["train", "--help"]) }
    private static let evaluateHelp = Result { try CommandRun.disttrain(["evaluate", "--help"]) }

    /// The help of `train` in one line.
    private func words() throws -> String {
      try Self.trainHelp.get().output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test func everyFlagOfTheContractIsExplained() throws {
      let train = try Self.trainHelp.get()
      for flag in [
        "recipe", "network", "depth", "shortcut", "projection-init", "stem", "dataset", "data",
        "train-images", "normalize", "mean", "std", "augment", "order", "global-batch",
        "micro-shards", "bn-group", "iterations", "stop-after", "lr", "milestones", "gamma",
        "warmup-lr", "warmup-iterations", "momentum", "weight-decay", "weight-decay-scope", "seed",
        "init-weights", "run", "resume", "evaluate-every", "checkpoint-every", "keep", "log-every",
        "timeout", "convolution", "from", "time-limit", "tensorboard",
      ] {
        #expect(train.output.contains("--\(flag) "), "\(flag)")
      }
      let evaluate = try Self.evaluateHelp.get()
      for flag in ["weights", "data", "dataset", "network", "normalize", "json"] {
        #expect(evaluate.output.contains("--\(flag) "), "\(flag)")
      }
      #expect(train.status == 0 && evaluate.status == 0)
    }

    @Test(arguments: [
      ("recipe", "paper"), ("network", "residual"), ("depth", "20"), ("shortcut", "A"),
      ("projection-init", "average"), ("stem", "batchnorm"), ("dataset", "cifar10"),
      ("data", "$CIFAR10_DIR or $CIFAR100_DIR, then"), ("train-images", "50000"),
      ("normalize", "pixel-mean"), ("augment", "crop-flip"), ("order", "shuffled"),
      ("global-batch", "128"), ("micro-shards", "16"), ("bn-group", "the global batch"),
      ("iterations", "64000"), ("lr", "0.1"), ("milestones", "32000,48000"), ("gamma", "0.1"),
      ("warmup-lr", "none"), ("warmup-iterations", "none"), ("momentum", "0.9"),
      ("weight-decay", "1e-4"), ("weight-decay-scope", "all"), ("seed", "1"),
      ("run", "runs/<network>-<time>"), ("evaluate-every", "391"), ("checkpoint-every", "1000"),
      ("keep", "3"), ("log-every", "50"), ("timeout", "300"), ("convolution", "vector"),
    ])
    func aFlagsDefaultIsTheContracts(flag: String, value: String) throws {
      let help = try words()
      let start = try #require(help.range(of: "--\(flag) <\(flag)> ")).upperBound
      let rest = help[start...]
      let paragraph = rest[..<(rest.range(of: " --")?.lowerBound ?? rest.endIndex)]
      let end = try #require(
        paragraph.range(of: "(default: \(value)")?.upperBound, "\(paragraph)")
      #expect(paragraph[end...].first?.isNumber == false, "\(paragraph)")
    }

    @Test(arguments: [
      [], ["train"], ["evaluate"], ["reproduce"], ["plot"], ["report"], ["verify"], ["doctor"],
      ["bench"],
      ["bench", "step"], ["bench", "kernels"],
      ["bench", "allreduce"], ["bench", "traffic"],
    ])
    func everyCommandHasExamplesThatAreItsOwn(command: [String]) throws {
      let help = try CommandRun.disttrain(command + ["--help"])
      #expect(help.status == 0)
      let examples =
        help.output.components(separatedBy: "\nEXAMPLES:\n").last?
        .components(separatedBy: "\n\n").first?.split(separator: "\n") ?? []
      let called = (["disttrain"] + command).joined(separator: " ")
      #expect(examples.contains { $0.contains(called) }, "\(help.output)")
      // None is broken to a second line.
      #expect(examples.allSatisfy { $0.hasPrefix("  ") }, "\(examples)")
    }

    @Test(arguments: [
      (["train", "--deph", "20"], "'--depth'"), (["train", "--shorcut", "A"], "'--shortcut'"),
      (["train", "--network", "resdual"], "'residual'"), (["train", "--shortcut", "b"], "'B'"),
      (["evaluate", "--dataset", "cifar1O"], "'cifar10'"), (["trian"], "'train'"),
      (["bench", "stp"], "'step'"), (["--verson"], "'--version'"),
    ])
    func aMistypedWordIsToldWithTheOneThatWasMeant(arguments: [String], meant: String) throws {
      let run = try CommandRun.disttrain(arguments)
      #expect(run.status == 64 && run.output.isEmpty && run.ownErrors.count == 1)
      #expect(run.ownErrors.first?.hasSuffix("Did you mean \(meant)?") == true, "\(run.errors)")
    }

    @Test(arguments: [
      ["train", "--network", "transformer"], ["serve"], ["train", "--depth", "x"],
    ])
    func aWordThatIsLikeNoneIsToldWithout(arguments: [String]) throws {
      let run = try CommandRun.disttrain(arguments)
      #expect(run.status == 64 && !run.errors.contains("Did you mean"), "\(run.errors)")
    }

    @Test func everyFlagOfTheConfigurationIsInTheGroupOfItsSetting() throws {
      var group = ""
      var groups: [String: String] = [:]
      for line in try Self.trainHelp.get().output.split(separator: "\n") {
        if line.hasPrefix("  -"), let flag = line.split(separator: " ").first {
          groups[String(flag)] = group
        } else if !line.hasPrefix(" ") {
          group = String(line.dropLast())
        }
      }
      for setting in ChangedSettings.flagged {
        #expect(groups[setting.flag] == setting.group?.title.uppercased(), "\(setting.flag)")
      }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsOfferTheWordsOfAFlag(shell: String) throws {
      let script = try CommandRun.disttrain(["--generate-completion-script", shell]).output
      let separator = ["bash": "'$'\\n''", "zsh": "' '", "fish": " "][shell] ?? ""
      for setting in ChangedSettings.flagged where !Self.words(of: setting).isEmpty {
        let words = Self.words(of: setting).joined(separator: separator)
        #expect(script.contains("'\(words)'"), "\(setting.flag)")
      }
    }

    private static func words<Setting: SettingProtocol>(of setting: Setting) -> [String] {
      Setting.Value.words
    }

    @Test func secondsAndIterationsAreNamedWhereAFlagCountsThem() throws {
      let help = try words()
      for (flag, unit) in [
        ("timeout", "Seconds"), ("evaluate-every", "Iterations"), ("log-every", "Iterations"),
        ("checkpoint-every", "Iterations"), ("warmup-iterations", "Iterations"),
        ("milestones", "Iterations"), ("global-batch", "Samples"), ("bn-group", "Samples"),
      ] {
        #expect(help.contains("--\(flag) <\(flag)> \(unit) "), "\(flag)")
      }
    }
  }
}
