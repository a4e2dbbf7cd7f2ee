import CInstructionSet

/// What a program of this package is: its release, the bits that it computes, and for which CPUs.
public enum ProgramVersion {
  /// The release, or the next one; `CITATION.cff` and `CHANGELOG.md` have the same.
  public static let release = "0.1.0"

  /// What the kernels were compiled for, in the words in which CPUs are sold.
  public static var instructionSet: String {
    func has(_ extensions: Int...) -> Bool {
      extensions.allSatisfy { cinstructionset_has(CInt($0)) != 0 }
    }
    if has(
      CINSTRUCTIONSET_AVX512F, CINSTRUCTIONSET_AVX512BW, CINSTRUCTIONSET_AVX512DQ,
      CINSTRUCTIONSET_AVX512VL)
    {
      return "AVX-512"
    }
    if has(CINSTRUCTIONSET_AVX2, CINSTRUCTIONSET_FMA) { return "AVX2" }
    return "x86-64 without AVX2 and FMA"
  }

  /// Release, numerics and instruction set in a line.
  public static var summary: String {
    "DistTrain \(release), numerics \(Configuration.currentNumerics), \(instructionSet)"
  }
}
