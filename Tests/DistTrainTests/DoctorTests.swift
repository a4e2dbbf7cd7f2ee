import Foundation
import Testing

import DistTrain

@Suite struct DiagnosisTests {
  private let folder = TemporaryFolder()

  /// A host's files, below a folder.
  private func host(_ files: [String: String]) throws -> String {
    for (path, text) in files {
      let url = URL(fileURLWithPath: folder.path + path)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    return folder.path
  }

  @Test func warningsAloneAreNoFailure() {
    let slow = CPUDiagnosis.openBLAS(configuration: "OpenBLAS 0.3.21", core: "Prescott")
    let wrong = MemoryDiagnosis.sharedMemory(ranks: 2, bytes: nil, freeBytes: nil)
    #expect(Diagnosis([slow]).failure == nil)
    let both = Diagnosis([slow, wrong])
    #expect(both.failure?.kind == .environment)
    #expect(both.failure?.message.contains("for /dev/shm;") == true, "\(both.failure as Any)")
    let lines = both.text.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].hasPrefix("warning  OpenBLAS  OpenBLAS 0.3.21"))
    #expect(lines[1].hasPrefix("wrong    /dev/shm  it is not there; in a container"))
  }

  @Test func aCoreOfTwoThreadsCountsOnce() throws {
    let cores = HostCores(
      root: try host([
        "/proc/self/status": "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t0-2,5\n",
        "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list": "0,4\n",
        "/sys/devices/system/cpu/cpu1/topology/thread_siblings_list": "1,5\n",
        "/sys/devices/system/cpu/cpu2/topology/thread_siblings_list": "2,6\n",
        "/sys/devices/system/cpu/cpu5/topology/thread_siblings_list": "1,5\n",
      ]))
    #expect(cores.allowed == [0, 1, 2, 5] && cores.physical == 3 && cores.quota == nil)
  }

  @Test(arguments: [
    (
      "0::/job/step\n", ["job/cpu.max": "150000 100000\n", "job/step/cpu.max": "max 100000\n"], 1.5
    ),
    ("0::/\n", ["cpu.max": "max 100000\n"], nil),
    (
      "3:cpuset:/\n4:cpu,cpuacct:/a\n",
      ["cpu/a/cpu.cfs_quota_us": "50000\n", "cpu/a/cpu.cfs_period_us": "100000\n"], 0.5
    ),
    (
      "4:cpu:/\n", ["cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"], nil
    ),
  ])
  func theTightestShareOfTimeCounts(groups: String, files: [String: String], cpus: Double?) throws {
    var all = ["/proc/self/cgroup": groups]
    for (path, text) in files { all["/sys/fs/cgroup/\(path)"] = text }
    #expect(HostCores(root: try host(all)).quota?.cpus == cpus)
  }

  @Test func thisHostHasCores() {
    let cores = HostCores()
    #expect(cores.physical > 0 && cores.physical <= cores.allowed.count)
    #expect(cores.features.contains("fma"))
  }

  @Test(
    arguments: [
      (4, 1, 1, nil, Finding.Verdict.warning, "4 ranks on 1 core with 1 CPU would"),
      (2, 2, 2, nil, .ok, "2 ranks on 2 cores"),
      (2, 4, 2, nil, .ok, "2 cores with 4 CPUs"),
      (2, 2, 2, 1.5, .warning, "gives 1.5 CPUs' time"),
      (2, 8, 8, 2, .ok, "2 ranks on 8 cores"),
    ] as [(Int, Int, Int, Double?, Finding.Verdict, String)])
  func aRankWantsACore(
    ranks: Int, allowed: Int, physical: Int, cpus: Double?, verdict: Finding.Verdict, words: String
  ) {
    let finding = CPUDiagnosis.cores(
      ranks: ranks, allowed: allowed, physical: physical,
      quota: cpus.map { ($0, "/sys/fs/cgroup/cpu.max") })
    #expect(finding.verdict == verdict && finding.text.contains(words), "\(finding)")
    #expect((finding.remedy == nil) == (verdict == .ok))
  }

  /// Docker gives 64 MB, and each rank of Open MPI takes 4 MiB.
  @Test(arguments: [
    (2, 64_000_000, Finding.Verdict.ok), (16, 64_000_000, .wrong), (15, 64_000_000, .ok),
    (2, 3_000_000, .wrong), (1, 0, .ok),
  ])
  func ranksNeedRoomForTheirMessages(ranks: Int, free: Int, verdict: Finding.Verdict) {
    let finding = MemoryDiagnosis.sharedMemory(ranks: ranks, bytes: 64_000_000, freeBytes: free)
    #expect(finding.verdict == verdict, "\(finding)")
    #expect(finding.remedy?.contains("--shm-size") ?? false == (verdict == .wrong))
  }

  @Test func aHostWithoutSharedMemoryIsWrong() {
    let finding = MemoryDiagnosis.sharedMemory(ranks: 2, bytes: nil, freeBytes: nil)
    #expect(finding.verdict == .wrong && finding.subject == "/dev/shm")
  }

  @Test func memoryThatIsTooLittleIsToldWithWhatSetsIt() {
    func memory(_ bytes: Int) -> Finding {
      MemoryDiagnosis.memory(
        "residual 110", needs: [300_000_000, 300_000_000], datasetBytes: 184_000_000,
        datasetCopies: 1, available: HostMemory.Limit(bytes: bytes, source: "the job's limit"),
        addressSpace: nil)
    }
    #expect(memory(784_000_000).verdict == .ok && memory(784_000_000).text.contains("784 MB"))
    let wrong = memory(783_000_000)
    #expect(wrong.verdict == .wrong && wrong.text.contains("the job's limit"), "\(wrong)")
    #expect(wrong.remedy?.contains("--global-batch") == true)
  }

  @Test(
    arguments: [
      (0, [:], false, Finding.Verdict.wrong), (0, ["OMPI_ALLOW_RUN_AS_ROOT": "1"], false, .wrong),
      (
        0, ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"], false, .ok
      ),
      (0, [:], true, .ok), (1000, [:], false, .ok),
    ] as [(UInt32, [String: String], Bool, Finding.Verdict)])
  func rootHasToTellOpenMPITwice(
    user: UInt32, environment: [String: String], isLaunched: Bool, verdict: Finding.Verdict
  ) {
    func finding(_ library: String) -> Finding {
      MPIDiagnosis.root(
        user: user, library: library, isLaunched: isLaunched, environment: environment)
    }
    #expect(finding("Open MPI v4.1.4").verdict == verdict)
    #expect(finding("MPICH Version: 4.0.2").verdict == .ok)
  }

  @Test(
    arguments: [
      ("AVX2", ["avx2", "fma"], Finding.Verdict.ok),
      ("AVX2", ["avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl"], .warning),
      ("AVX2", ["avx2", "fma", "avx512f"], .ok),
      ("AVX-512", ["avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl"], .ok),
      ("x86-64 without AVX2 and FMA", ["avx2", "fma"], .warning),
    ] as [(String, Set<String>, Finding.Verdict)])
  func aBuildThatLeavesOutWhatTheCPUHasIsTold(
    built: String, features: Set<String>, verdict: Finding.Verdict
  ) {
    let finding = CPUDiagnosis.build(instructionSet: built, cpu: "EPYC", features: features)
    #expect(finding.verdict == verdict, "\(finding)")
  }

  @Test(arguments: [("Zen", Finding.Verdict.ok), ("Prescott", .warning), ("SkylakeX", .ok)])
  func openBLASWithOldKernelsIsTold(core: String, verdict: Finding.Verdict) {
    let finding = CPUDiagnosis.openBLAS(
      configuration: "OpenBLAS 0.3.21 NO_AFFINITY MAX_THREADS=64", core: core)
    #expect(finding.verdict == verdict && finding.text.hasPrefix("OpenBLAS 0.3.21 with"))
  }

  @Test(
    arguments: [
      (nil, Finding.Verdict.ok), (1_000_000, .wrong), (100_000_000, .warning),
      (200_000_000, .ok),
    ] as [(Int?, Finding.Verdict)])
  func filesMayBeAsLargeAsNeeded(limit: Int?, verdict: Finding.Verdict) {
    let finding = LimitDiagnosis.fileSize(
      limit, checkpointBytes: 2_000_000, datasetBytes: 184_000_000)
    #expect(finding.verdict == verdict, "\(finding)")
  }

  @Test func lockedMemoryMattersToFastNetworksAlone() {
    #expect(LimitDiagnosis.lockedMemory(65_536, networks: []) == nil)
    #expect(LimitDiagnosis.lockedMemory(65_536, networks: ["mlx5_0"])?.verdict == .warning)
    #expect(LimitDiagnosis.lockedMemory(nil, networks: ["mlx5_0"])?.verdict == .ok)
  }

  @Test(
    arguments: [
      ("nfs4", FolderTrial.Lock.held, 1_000, Finding.Verdict.ok, "(nfs4)"),
      ("nfs", .missing("No locks available"), 1_000, .warning, "No locks available"),
      ("lustre", .empty, 1_000, .warning, "one lock to two"),
      ("tmpfs", .held, 1_000, .warning, "the machine's end"),
      ("overlay", .held, 1_000, .warning, "the container's end"),
      ("ext4", .held, 99, .wrong, "99 bytes free"), (nil, .held, nil, .ok, "unknown"),
    ] as [(String?, FolderTrial.Lock, Int?, Finding.Verdict, String)])
  func aFileSystemIsJudgedByWhatARunReliesOn(
    kind: String?, lock: FolderTrial.Lock, free: Int?, verdict: Finding.Verdict, words: String
  ) {
    let finding = FolderDiagnosis.finding(
      "/runs", kind: kind, lock: lock, freeBytes: free, needBytes: 100)
    #expect(finding.verdict == verdict && finding.text.contains(words), "\(finding)")
  }

  @Test(arguments: [
    ("/", "ext4"), ("/home/x", "nfs4"), ("/homer", "ext4"), ("/with blank/x", "xfs"),
    ("/over", "tmpfs"),
  ])
  func theInnermostMountHasAPath(path: String, kind: String) {
    let mounts = """
      22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
      40 22 0:35 / /home rw shared:2 - nfs4 server:/home rw
      41 22 8:2 / /with\\040blank rw - xfs /dev/sda2 rw
      42 22 8:3 / /over rw master:1 shared:7 - ext4 /dev/sda3 rw
      43 42 0:36 / /over rw - tmpfs none rw
      """
    #expect(FileSystem.kind(of: path, mounts: mounts) == kind)
    #expect(FileSystem.kind(of: path, mounts: "") == nil)
  }
}

extension EndToEnd {
  @Suite struct Doctor {
    private let folder = TemporaryFolder()

    /// Lines of the words that stand first: verdict and subject.
    private func lines(_ run: CommandRun) -> [String] {
      run.output.split(separator: "\n").map { line in
        line.split(separator: " ", maxSplits: 2).prefix(2).joined(separator: " ")
      }
    }

    private func doctor(
      _ flags: [String] = [], ranks: Int = 1, environment: [String: String] = [:]
    ) throws -> CommandRun {
      try CommandRun.disttrain(
        ["doctor", "--dataset", "synthetic", "--run", folder.file("runs/x")] + flags, ranks: ranks,
        environment: environment)
    }

    @Test func aMachineThatTrainsHasNothingWrong() throws {
      let run = try doctor()
      #expect(run.status == 0 && run.errors.isEmpty, "\(run.output)\(run.errors)")
      for line in ["ok MPI", "ok launcher", "ok start", "ok memory", "ok data", "ok tar"] {
        #expect(lines(run).contains(line), "\(run.output)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func ofSeveralRanksOneLooks() throws {
      let run = try doctor(ranks: 2)
      #expect(run.status == 0 && lines(run).filter { $0.hasSuffix(" memory") }.count == 1)
      #expect(run.output.contains("2 ranks of residual 20 take about"), "\(run.output)")
      #expect(run.output.contains(", rank 0 on CPU "))
    }

    @Test func programsGetOneObject() throws {
      let run = try doctor(["--json", "--depth", "110", "--ranks", "3"])
      let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
      let findings = try #require((object as? [String: [[String: String]]])?["findings"])
      #expect(findings.allSatisfy { ["ok", "warning", "wrong"].contains($0["verdict"]) })
      let memory = try #require(findings.first { $0["subject"] == "memory" })
      #expect(memory["text"]?.hasPrefix("3 ranks of residual 110") == true, "\(memory)")
    }

    @Test func aLauncherOfAnotherVersionIsWrong() throws {
      for name in ["mpirun", "mpiexec"] {
        let path = folder.file(name)
        try Data("#!/bin/sh\necho 'mpirun (Open MPI) 1.2.3'\n".utf8).write(
          to: URL(fileURLWithPath: path))
        chmod(path, 0o755)
      }
      let run = try doctor(environment: ["PATH": folder.path])
      #expect(run.status == 69 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(lines(run).contains("wrong launcher") && !lines(run).contains("ok start"))
      #expect(run.output.contains("\(folder.path)/mpirun is of 1.2.3"), "\(run.output)")
      // That path has no other programs either, without which a training works.
      #expect(lines(run).contains("warning curl") && run.output.contains("gnuplot-nox"))
    }

    @Test(arguments: [ENOLCK, ENOSYS])
    func aFileSystemWithoutLocksIsAWarning(code: Int32) throws {
      let run = try doctor(
        environment: [
          "LD_PRELOAD": try Shim.library("file_system", in: folder), "NO_LOCK": "\(code)",
        ])
      #expect(run.status == 0 && run.output.contains("has no locks"), "\(run.output)")
    }

    @Test func aFolderThatCannotBeIsWrong() throws {
      try Data().write(to: URL(fileURLWithPath: folder.file("runs")))
      let run = try doctor()
      #expect(run.status == 69 && run.output.contains("wrong    run folder"), "\(run.output)")
    }

    @Test func memoryAndFileSizeAreComparedWithLimits() throws {
      let run = try CommandRun([
        "sh", "-c",
        "ulimit -v 1200000; ulimit -f 1000; exec \(CommandRun.disttrain) doctor --dataset synthetic "
          + "--global-batch 5000 --micro-shards 10 --ranks 1 --run \(folder.path)",
      ])
      #expect(run.status == 69 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(lines(run).contains("wrong memory") && run.output.contains("ulimit -v"))
      #expect(run.output.contains("wrong    ulimit -f"), "\(run.output)")
    }

    @Test func imagesThatAreMissingOrOthersAreWarnings() throws {
      let flags = ["--dataset", "cifar10", "--data", folder.path]
      let missing = try doctor(flags)
      #expect(missing.status == 0 && missing.output.contains("disttrain data fetch"))
      #expect(lines(missing).contains("warning data"), "\(missing.output)")
      try writeZeroBatches(folder.path)
      let zeros = try doctor(flags)
      #expect(zeros.output.contains("not the official CIFAR-10"), "\(zeros.output)")
      truncate(folder.file("test_batch.bin"), 5)
      #expect(try doctor(flags).status == 69)
    }

    @Test(arguments: [["--ranks", "0"], ["--ranks", "17"], ["--depth", "21"]])
    func ranksThatCannotBeAreRefused(flags: [String]) throws {
      let run = try doctor(flags)
      #expect(run.status == 64 && run.output.isEmpty && run.ownErrors.count == 1, "\(run.errors)")
    }

    @Test func theLaunchersNumberOfRanksStands() throws {
      let run = try doctor(["--ranks", "2"], ranks: 2)
      #expect(run.status == 64 && run.ownErrors.count == 1, "\(run.errors)")
    }
  }
}
