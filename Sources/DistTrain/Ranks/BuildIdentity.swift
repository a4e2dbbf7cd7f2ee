/// What this program was built as.
enum BuildIdentity {
  /// SHA-256 of the running executable: ranks of another build could give other bits.
  ///
  /// - Returns: 64 hexadecimal digits.
  /// - Throws: `Failure` if the executable cannot be read.
  package static func digest() throws(Failure) -> String {
    SHA256.hexDigest(try Files.read("/proc/self/exe", remedy: "mount /proc"))
  }
}
