import COpenBLAS
import Foundation

/// Whether this machine's CPUs do what the program was built for, for as many ranks.
package enum CPUDiagnosis {
  static func findings(_ cores: HostCores, ranks: Int, isLaunched: Bool) -> [Finding] {
    let binding = isLaunched ? HostCores().allowed : nil
    return [
      build(
        instructionSet: ProgramVersion.instructionSet, cpu: cores.name, features: cores.features),
      openBLAS(
        configuration: String(cString: openblas_get_config()),
        core: String(cString: openblas_get_corename())),
      self.cores(
        ranks: ranks, allowed: cores.allowed.count, physical: cores.physical, quota: cores.quota,
        binding: binding),
    ]
  }

  /// Whether the kernels use what the CPU has.
  ///
  /// One that lacks what they need has ended the program before.
  ///
  /// - Parameters:
  ///   - instructionSet: what the kernels were compiled for, as ``ProgramVersion`` says it.
  ///   - cpu: the CPU's name.
  ///   - features: what it has, in the kernel's words.
  /// - Returns: what was found.
  package static func build(
    instructionSet: String, cpu: String, features: Set<String>
  ) -> Finding {
    let wide: Set = ["avx512f", "avx512bw", "avx512dq", "avx512vl"]
    if !["AVX2", "AVX-512"].contains(instructionSet) {
      return Finding(
        "CPU", .warning, "built for \(instructionSet), which is 90 times slower",
        remedy: "build with DISTTRAIN_MARCH=x86-64-v3")
    }
    if instructionSet == "AVX2" && features.isSuperset(of: wide) {
      return Finding(
        "CPU", .warning, "built for AVX2, but this \(cpu) has AVX-512",
        remedy:
          "build on this machine for more speed and the same bits, unless another host of the "
          + "job lacks it")
    }
    return Finding("CPU", "\(cpu), built for \(instructionSet)")
  }

  /// Which kernels OpenBLAS takes, on which `--convolution openblas` depends.
  ///
  /// - Parameters:
  ///   - configuration: what the library says of its build.
  ///   - core: the kind of core that it takes this one for.
  /// - Returns: what was found.
  package static func openBLAS(configuration: String, core: String) -> Finding {
    // The kinds of its list that have no AVX.
    let old: Set = [
      "atom", "banias", "barcelona", "bobcat", "core2", "coppermine", "dunnington", "generic",
      "katmai", "nano", "nehalem", "northwood", "opteron", "opteron_sse3", "penryn", "prescott",
    ]
    let version = configuration.firstMatch(of: /OpenBLAS [0-9.]+/).map { String($0.0) }
    let text = "\(version ?? "OpenBLAS") with its kernels for \(core)"
    if old.contains(core.lowercased()) {
      return Finding(
        "OpenBLAS", .warning, "\(text), so --convolution openblas is slow",
        remedy: "unset OPENBLAS_CORETYPE, or install a newer OpenBLAS")
    }
    return Finding("OpenBLAS", "\(text), for --convolution openblas alone")
  }

  /// Whether each rank has a core.
  ///
  /// - Parameters:
  ///   - ranks: those of this host.
  ///   - allowed: the CPUs that they may use.
  ///   - physical: the cores of these CPUs.
  ///   - quota: how many CPUs' time a control group gives, and its file.
  ///   - binding: the CPUs that rank 0 is bound to; nil without a launcher.
  /// - Returns: what was found.
  package static func cores(
    ranks: Int, allowed: Int, physical: Int, quota: (cpus: Double, source: String)?,
    binding: [Int]? = nil
  ) -> Finding {
    func count(_ number: Int, _ word: String) -> String {
      "\(number) \(word)\(number == 1 ? "" : "s")"
    }
    let have = "\(count(physical, "core")) with \(count(allowed, "CPU"))"
    let want = count(ranks, "rank")
    if let quota, quota.cpus < Double(min(ranks, physical)) {
      return Finding(
        "cores", .warning,
        "\(want), but \(quota.source) gives \(String(format: "%.1f", quota.cpus)) CPUs' time",
        remedy: "start \(max(1, Int(quota.cpus))), or have it raised")
    }
    if ranks > physical {
      return Finding(
        "cores", .warning, "\(want) on \(have) would take turns",
        remedy: "start one on each core; mpirun takes more with --oversubscribe only")
    }
    let bound = binding.map { ", rank 0 on CPU \($0.map(String.init).joined(separator: ","))" }
    return Finding("cores", "\(want) on \(have)\(bound ?? "")")
  }
}
