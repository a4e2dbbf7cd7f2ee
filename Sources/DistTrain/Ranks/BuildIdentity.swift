import CVector
import Foundation

/// What this program was built as, and whether this CPU can run it.
public enum BuildIdentity {
  /// SHA-256 of the running executable: ranks of another build could give other bits.
  ///
  /// - Returns: 64 hexadecimal digits.
  /// - Throws: `Failure` if the executable cannot be read.
  static func digest() throws(Failure) -> String {
    SHA256.hexDigest(try Files.read("/proc/self/exe", remedy: "mount /proc"))
  }

  /// Checks that the CPU has what the kernels were compiled for, and that they were compiled with
  /// fused multiply-add.
  ///
  /// - Throws: `Failure` of kind environment.
  public static func checkCPU() throws(Failure) {
    let features = [
      ("FMA", cvector_built_with_fma(), cvector_cpu_has_fma()),
      ("AVX2", cvector_built_with_avx2(), cvector_cpu_has_avx2()),
      ("AVX-512", cvector_built_with_avx512(), cvector_cpu_has_avx512()),
    ]
    for (name, built, present) in features where built != 0 && present == 0 {
      throw Failure(
        .environment,
        "this program was built for \(name), which this CPU lacks; build it on this machine, or "
          + "with DISTTRAIN_MARCH=x86-64-v3")
    }
    if cvector_built_with_fma() == 0
      && ProcessInfo.processInfo.environment["DISTTRAIN_ALLOW_SLOW"] == nil
    {
      throw Failure(
        .environment,
        "this program was built without fused multiply-add and would train 90 times slower; build "
          + "it with DISTTRAIN_MARCH=x86-64-v3, or set DISTTRAIN_ALLOW_SLOW=1")
    }
  }
}
