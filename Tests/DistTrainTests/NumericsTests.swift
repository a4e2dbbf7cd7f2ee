import Foundation
import Testing

/// A short training on the synthetic set and what its weights must be.
struct PinnedRun: CustomTestStringConvertible, Sendable {
  let ranks: Int
  /// Beyond those of ``Numerics``; the last of a flag counts.
  let flags: String
  let sha256: String

  var testDescription: String { "\(ranks) ranks \(flags)" }
}

extension EndToEnd {
  /// The bits that every build computes, on any x86-64 CPU and at any number of ranks.
  @Suite struct Numerics {
    /// What `config.json` calls them: other hashes below are a change of it.
    private static let numerics = 1

    private static let flags =
      "train --dataset synthetic --depth 8 --iterations 2 --evaluate-every 0"
      .split(separator: " ").map(String.init)

    static let runs: [PinnedRun] = [
      PinnedRun(
        ranks: 1, flags: "--network plain",
        sha256: "334567e5bf615fa1261b420b6de126d61571ea1f4ec9bc561321f4fde4867702"),
      PinnedRun(
        ranks: 3, flags: "--network plain --depth 20 --global-batch 32 --micro-shards 4",
        sha256: "1d0bb8a22185ea76fb178cb9ac5bbf461ad512b22aafed3bed665771f77c2e0c"),
      PinnedRun(
        ranks: 3,
        flags: "--network plain --recipe tanjeffreyz --global-batch 60 --micro-shards 12"
          + " --bn-group 20",
        sha256: "08024f32675e684865ddcf2a41ab1fd0bcb4b166bbee15371fe032f09bf78025"),
      PinnedRun(
        ranks: 1, flags: "--depth 20",
        sha256: "7dc87c7e18b58fdc076370c88af01a37a1659430c0fa95df43170c0dfb9c8f81"),
      PinnedRun(
        ranks: 3, flags: "",
        sha256: "5444c532b16f418bba88e084daad10f6b42a87e12fd37d31edda3906dbb872c3"),
      PinnedRun(
        ranks: 1, flags: "--bn-group 64 --normalize channel-mean --train-images 45000",
        sha256: "822b175d59dbb44ad14a4a4dcc9354e987b00cea06f7bf53f13585ea16a995ac"),
      PinnedRun(
        ranks: 3,
        flags: "--depth 20 --global-batch 60 --micro-shards 12 --bn-group 20"
          + " --normalize channel-mean-std",
        sha256: "14d7f3be6841bdf7e1d508a15d5c0dfc595a1ffd06c55be194a583484f1bc103"),
      PinnedRun(
        ranks: 1, flags: "--recipe tanjeffreyz",
        sha256: "63e5723988757f18b6fc80bbf0a6091034239c51779ae8b66efb2b2fa673987d"),
      PinnedRun(
        ranks: 3, flags: "--recipe tanjeffreyz --depth 20 --bn-group 64",
        sha256: "e887f73396ca50a11d8f5527e0ac85f5f7524d4b98782f60c163af0d8e4235de"),
      PinnedRun(
        ranks: 1, flags: "--shortcut B",
        sha256: "11a605e77c3a81a431b0da3f42d4d096c2ffa71138117fdd0a902ecad52b2246"),
      PinnedRun(
        ranks: 3,
        flags: "--shortcut B --depth 20 --projection-init kaiming --global-batch 32"
          + " --micro-shards 4",
        sha256: "ccece4bf7888146418190aea42644d519181cd253619a9e850e11de3d82104c5"),
      PinnedRun(
        ranks: 1,
        flags: "--shortcut B --recipe tanjeffreyz --global-batch 60 --micro-shards 12"
          + " --bn-group 20 --train-images 45000",
        sha256: "2d229b7c32df8c5b8f32bca967145bcc1a1b352ba14d4aa80fb36f89ba1d1efb"),
      PinnedRun(
        ranks: 3, flags: "--shortcut C --bn-group 64 --normalize image-mean",
        sha256: "8f14b22eba5786164b06e8c6969e15fcf0691934c5fb6810ae179708e6b5f697"),
      PinnedRun(
        ranks: 1,
        flags: "--shortcut C --depth 20 --projection-init kaiming --global-batch 60"
          + " --micro-shards 12 --bn-group 20",
        sha256: "46f6d56ab95bd7651e96d4733bd6a22d80f37e1edb746ab65754ec58a1e18680"),
      PinnedRun(
        ranks: 1,
        flags: "--shortcut C --recipe tanjeffreyz --projection-init kaiming"
          + " --global-batch 32 --micro-shards 4",
        sha256: "f183b3617aee1fe02d36b60e616a9f602503533ef182d643a227a6e445de4565"),
      PinnedRun(
        ranks: 1,
        flags: "--seed 2 --lr 0.05 --milestones 1,3 --gamma 0.2 --warmup-lr 0.01"
          + " --warmup-iterations 1 --momentum 0.8 --weight-decay 0.001"
          + " --weight-decay-scope weights --global-batch 32 --micro-shards 4"
          + " --iterations 4",
        sha256: "a7d0d484b91a5b1330e589956f3cf834fb33b5c8c94024b11672e3c65fd70a3e"),
      PinnedRun(
        ranks: 3,
        flags: "--order sequential --augment none --normalize channel-mean-std"
          + " --mean 0.5,0.4,0.3 --std 0.2,0.25,0.3 --global-batch 32 --micro-shards 4",
        sha256: "a652fbb51597a52fe224b7ae14169554ca5fad257639665427f36e1d8c449d6e"),
    ]

    private let folder = TemporaryFolder()

    @Test(arguments: runs)
    func theWeightsAreThePinnedOnes(run: PinnedRun) throws {
      let flags = run.flags.split(separator: " ").map(String.init)
      let result = try CommandRun.disttrain(
        Self.flags + ["--run", folder.file("run")] + flags, ranks: run.ranks)
      #expect(result.lastLine == "weights sha256 \(run.sha256)", "\(result.errors)")
    }

    /// The comparison above could pass if flags had no effect.
    @Test func noTwoRunsHaveTheSameWeights() {
      #expect(Set(Self.runs.map(\.sha256)).count == Self.runs.count)
    }

    @Test func theConfigurationStatesThem() throws {
      let result = try CommandRun.disttrain(Self.flags + ["--run", folder.file("run")])
      try #require(result.status == 0, "\(result.errors)")
      let configuration = try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: folder.file("run/config.json"))))
      #expect((configuration as? [String: Any])?["numerics"] as? Int == Self.numerics)
    }
  }
}
