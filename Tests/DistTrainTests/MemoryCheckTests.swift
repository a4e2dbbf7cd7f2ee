import Foundation
import Testing

import DistTrain

/// Files of `/proc` and `/sys`, and what they leave.
struct HostFiles: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let files: [String: String]
  let bytes: Int?
  /// Part of the source's name.
  let source: String
}

@Suite struct HostMemoryTests {
  private static let gigabyte = 1_000_000_000
  private static let meminfo =
    "MemTotal:       16000000 kB\nMemFree:         1000 kB\nMemAvailable:    8000000 kB\n"

  /// A host of 8.192 GB whose control group is given.
  private static func host(
    _ name: String, _ files: [String: String], _ bytes: Int?, _ source: String
  )
    -> HostFiles
  {
    HostFiles(
      testDescription: name, files: files.merging(["/proc/meminfo": meminfo]) { own, _ in own },
      bytes: bytes, source: source)
  }

  static let hosts = [
    host("no control group", [:], 8_192_000_000, "/proc/meminfo"),
    host(
      "an old kernel without MemAvailable", ["/proc/meminfo": "MemTotal: 5 kB\n"], nil, ""),
    host(
      "a container's own limit",
      [
        "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "4000000000\n",
        "/sys/fs/cgroup/memory.current": "1000000000\n",
      ], 3 * gigabyte, "/sys/fs/cgroup/memory.max"),
    host(
      "no limit",
      [
        "/proc/self/cgroup": "0::/job\n", "/sys/fs/cgroup/job/memory.max": "max\n",
        "/sys/fs/cgroup/job/memory.current": "1000000000\n",
      ], 8_192_000_000, "/proc/meminfo"),
    host(
      "the limit of a group above",
      [
        "/proc/self/cgroup": "0::/slurm/job/step\n",
        "/sys/fs/cgroup/slurm/memory.max": "9000000000\n",
        "/sys/fs/cgroup/slurm/memory.current": "1000000000\n",
        "/sys/fs/cgroup/slurm/job/memory.max": "2000000000\n",
        "/sys/fs/cgroup/slurm/job/memory.current": "500000000\n",
        "/sys/fs/cgroup/slurm/job/step/memory.max": "max\n",
        "/sys/fs/cgroup/slurm/job/step/memory.current": "400000000\n",
      ], 1_500_000_000, "/slurm/job/memory.max"),
    host(
      "cached files that can be given up",
      [
        "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "4000000000\n",
        "/sys/fs/cgroup/memory.current": "3900000000\n",
        "/sys/fs/cgroup/memory.stat":
          "anon 900000000\nfile 3000000000\ninactive_file 2000000000\nactive_file 1000000000\n",
      ], 3_100_000_000, "/sys/fs/cgroup/memory.max"),
    host(
      "version 1",
      [
        "/proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/a/b\n0::/\n",
        "/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "3000000000\n",
        "/sys/fs/cgroup/memory/a/memory.usage_in_bytes": "2000000000\n",
        "/sys/fs/cgroup/memory/a/memory.stat": "cache 7\ntotal_inactive_file 500000000\n",
        "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
        "/sys/fs/cgroup/memory/a/b/memory.usage_in_bytes": "2000000000\n",
      ], 1_500_000_000, "/memory/a/memory.limit_in_bytes"),
    host(
      "version 1 within a container, whose path is the host's",
      [
        "/proc/self/cgroup": "4:memory:/docker/0123\n",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "3000000000\n",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1000000000\n",
      ], 2 * gigabyte, "/memory/memory.limit_in_bytes"),
  ]

  @Test(arguments: hosts)
  func theTightestLimitCounts(host: HostFiles) throws {
    let folder = TemporaryFolder()
    for (path, text) in host.files {
      let url = URL(fileURLWithPath: folder.path + path)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    let available = HostMemory(root: folder.path).available
    #expect(available?.bytes == host.bytes)
    #expect(
      (available?.source ?? "").hasSuffix(host.source)
        || available?.source.contains(host.source) == true)
  }

  @Test func thisHostHasMemory() throws {
    #expect(try #require(HostMemory().available).bytes > 0)
  }
}

@Suite struct MemoryCheckTests {
  private func limit(_ bytes: Int) -> HostMemory.Limit {
    HostMemory.Limit(bytes: bytes, source: "the source")
  }

  @Test func whatFitsPasses() {
    #expect(throws: Never.self) {
      try MemoryCheck.check(
        needs: [500, 300], datasetBytes: 100, datasetCopies: 2, available: limit(1000),
        addressSpace: limit(600))
      try MemoryCheck.check(
        needs: [600, 400], datasetBytes: 100, datasetCopies: 1, available: nil, addressSpace: nil)
    }
  }

  /// Each rank has the data set, and so many copies of it are on the host.
  @Test(arguments: [
    ([500_000_000, 300_000_001], 2, 1_000_000_000, Int.max, ["2 ranks", "1001 MB", "1000 MB"]),
    ([600_000_000, 300_000_001], 1, 1_000_000_000, Int.max, ["2 ranks", "1001 MB", "1000 MB"]),
    ([500_000_000], 1, 5_000_000, Int.max, ["1 rank", "600 MB", "5 MB"]),
    ([500_000_000, 400_000_000], 1, Int.max, 599_000_000, ["a rank needs", "600 MB", "599 MB"]),
    ([1], 1, -5, Int.max, ["101 MB", "0 MB"]),
  ])
  func whatDoesNotFitIsToldWithItsFigures(
    needs: [Int], copies: Int, available: Int, addressSpace: Int, words: [String]
  ) {
    let failure = #expect(throws: Failure.self) {
      try MemoryCheck.check(
        needs: needs, datasetBytes: 100_000_000, datasetCopies: copies,
        available: limit(available), addressSpace: limit(addressSpace))
    }
    #expect(failure?.kind == .environment)
    for word in words + ["the source", "--global-batch"] {
      #expect(failure?.message.contains(word) == true, "\(failure as Any)")
    }
  }
}

extension EndToEnd {
  /// Flags beyond what a machine can do.
  @Suite struct BoundedFlags {
    @Test(arguments: [
      ["bench", "step", "--iterations", "10001"], ["bench", "step", "--iterations", "\(Int.max)"],
      ["bench", "step", "--warmup", "10001"], ["bench", "step", "--warmup=-1"],
      ["bench", "kernels", "--images", "1000000000000"], ["bench", "kernels", "--rounds", "0"],
      ["bench", "allreduce", "--rounds", "1000001"],
      ["bench", "traffic", "--hosts", "1001"], ["bench", "traffic", "--ranks-per-host", "0"],
    ])
    func flagsOfBenchHaveBounds(arguments: [String]) throws {
      let run = try CommandRun.disttrain(arguments)
      #expect(run.status == 64 && run.ownErrors.count == 1, "\(run.errors)")
      let words = arguments[2].split(separator: "=") + arguments.dropFirst(3).map { $0[...] }
      #expect(run.errors.contains("\(words.joined(separator: " ")) is not in "), "\(run.errors)")
    }

    /// Two ranks in 1.2 GB of address space each, of which a batch of 5,000 needs several.
    @Test(arguments: ["train --run", "bench step"])
    func memoryThatIsNotThereIsRefusedBeforeItIsTaken(command: String) throws {
      let folder = TemporaryFolder()
      let flags = command == "bench step" ? command : "\(command) \(folder.file("run"))"
      let shell = [
        "sh", "-c",
        "ulimit -v 1200000; exec \(CommandRun.disttrain) \(flags) --dataset synthetic "
          + "--global-batch 5000 --micro-shards 10",
      ]
      let run = try CommandRun(CommandRun.mpirun(2, shell))
      #expect(run.status == 69 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(run.errors.contains(" MB") && run.errors.contains("--global-batch"))
      #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
    }

    @Test func evaluationIsRefusedWhereItDoesNotFit() throws {
      // Depth 500 on 40 images takes more than a gigabyte.
      let weights = try RandomWeights(depth: 500)
      let run = try CommandRun([
        "sh", "-c",
        "ulimit -v 1200000; exec \(CommandRun.disttrain) evaluate --weights \(weights.path)",
      ])
      #expect(run.status == 69 && run.ownErrors.count == 1, "\(run.errors)")
    }

    @Test func anEmptyListOfMilestonesIsOne() throws {
      let run = try ShortRun(["--milestones", "", "--iterations", "1", "--evaluate-every", "0"])
      #expect(run.run.status == 0, "\(run.run.errors)")
      let text = fileText(run.file("config.json"))
      let configuration = try Configuration(json: Array(text.utf8), file: "config.json")
      #expect(configuration.milestones.isEmpty)
      let negative = try ShortRun(["--milestones=-1,3"])
      #expect(negative.run.status == 64 && negative.run.errors.contains("-1, which is below 0"))
    }
  }
}
