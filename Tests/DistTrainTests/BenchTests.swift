import Benchmarking
import Foundation
import Testing

import DistTrain

extension EndToEnd {
  @Suite struct Bench {
    private func report<Report: Decodable>(
      _: Report.Type, _ arguments: [String], ranks: Int, environment: [String: String] = [:]
    ) throws -> Report {
      let run = try CommandRun.disttrain(
        ["bench"] + arguments + ["--json"], ranks: ranks, environment: environment)
      try #require(run.status == 0, "\(run.errors)")
      return try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
    }

    @Test func stepReportsWhatItMeasured() throws {
      let report = try report(
        StepReport.self, ["step", "--depth", "8", "--iterations", "3", "--warmup", "1"], ranks: 3)
      #expect(report.ranks == 3 && report.iterations == 3 && report.microShards == 16)
      #expect(report.peakGflops.count == 3 && report.peakResidentBytes.count == 3)
      #expect(report.datasetBytes == 60_000 * 3073)
      #expect(report.peakResidentBytes.allSatisfy { $0 > report.datasetBytes })
      #expect(report.milliseconds.min <= report.milliseconds.median)
      #expect(report.milliseconds.median <= report.milliseconds.max)
      let rate = Double(report.operationsPerImage) * 128 / 3 / report.milliseconds.median * 1e-6
      #expect(abs(report.effectiveGflops / rate - 1) < 1e-9)
      #expect(report.isWaitingApart && report.phases.count == 8)
      #expect(report.phases.allSatisfy { $0.milliseconds >= 0 })
      #expect(report.allocationsPerStep == nil)
    }

    /// Reductions at three ranks: of 16 micro-shards they own 6, 5 and 5, in 2, 3 and 2 nodes.
    @Test func allreduceSendsEachNodeOnceAndEachSliceTwice() throws {
      let report = try report(
        AllReduceReport.self, ["allreduce", "--depth", "8", "--rounds", "5"], ranks: 3)
      #expect(report.rows.count == 7)
      let gradient = try #require(report.rows.first)
      // Rank 0 sends 2 nodes' other slices, two thirds, and its own slice to two ranks.
      let third = Double(gradient.resultBytes) / 3
      #expect(abs(Double(gradient.sentBytes) - (4 * third + 2 * third)) <= 6 * 64)
      for (row, channels) in zip(report.rows.dropFirst(), [16, 16, 32, 32, 64, 64]) {
        #expect(row.resultBytes == 2 * channels * 8)
        #expect(row.sentBytes == 2 * 2 * row.resultBytes)
      }
      let perStep = report.rows.dropFirst().reduce(0) { $0 + $1.perStep }
      #expect(perStep == 2 * 7)
    }

    @Test func kernelsCoverEveryShapeInBothDirections() throws {
      let report = try report(
        KernelReport.self, ["kernels", "--images", "8", "--rounds", "1"], ranks: 1)
      #expect(report.rows.count == 22)
      #expect(report.rows.filter { $0.ratio != nil }.count == 12)
      #expect(report.rows.allSatisfy { $0.vectorMilliseconds > 0 && $0.gflops > 0 })
    }

    @Test func moreRanksThanMicroShardsAreRefused() throws {
      let run = try CommandRun.disttrain(["bench", "step", "--micro-shards", "1"], ranks: 2)
      #expect(run.status == 64 && run.ownErrors.count == 1)
    }
  }

  /// Allocations, counted by the library of `Benchmarks/allocations.c`.
  @Suite struct Allocations {
    private static let source = "\(packageFolder)/Benchmarks/allocations.c"

    private func shell(_ command: String) throws -> CommandRun {
      let run = try CommandRun(["sh", "-c", command])
      try #require(run.status == 0, "\(run.errors)")
      return run
    }

    private func library(_ folder: TemporaryFolder) throws -> String {
      let path = folder.file("allocations.so")
      _ = try shell(
        "clang -shared -fPIC -O2 $(pkg-config --cflags ompi-c) -o \(path) \(Self.source)")
      return path
    }

    @Test func aHundredStepsAllocateNothing() throws {
      let folder = TemporaryFolder()
      let run = try CommandRun(
        CommandRun.mpirun(2, ["-x", "LD_PRELOAD=\(try library(folder))"])
          + [
            CommandRun.disttrain, "bench", "step", "--depth", "8", "--global-batch", "32",
            "--iterations", "100", "--json",
          ])
      try #require(run.status == 0, "\(run.errors)")
      let report = try JSONDecoder().decode(StepReport.self, from: Data(run.output.utf8))
      let allocations = try #require(report.allocationsPerStep)
      #expect(allocations.count == 2 && allocations.allSatisfy { $0.own == 0 })
    }

    /// The control: without it, a library that counts nothing would pass.
    @Test func everyKindOfAllocationIsCounted() throws {
      let folder = TemporaryFolder()
      let program = folder.file("program.c")
      try """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <stdint.h>
      #include <stdio.h>
      #include <stdlib.h>
      static void *volatile kept[6];
      int main(void) {
        uint64_t a[3], b[3];
        void (*read)(uint64_t *) = dlsym(RTLD_DEFAULT, "disttrain_allocation_counts");
        read(a);
        kept[0] = malloc(10);
        kept[1] = calloc(2, 5);
        kept[2] = realloc(kept[0], 1000);
        kept[3] = aligned_alloc(64, 64);
        void *memory;
        if (posix_memalign(&memory, 64, 64)) return 1;
        kept[4] = memory;
        read(b);
        printf("%d\\n", (int)(b[0] - a[0]));
      }
      """.write(toFile: program, atomically: true, encoding: .utf8)
      let library = try library(folder)
      let binary = folder.file("program")
      _ = try shell("clang -O0 -o \(binary) \(program) -ldl")
      #expect(try shell("LD_PRELOAD=\(library) \(binary)").output == "5\n")
    }
  }
}
