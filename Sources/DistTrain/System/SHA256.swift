import COpenSSL
import Tensor

/// A digest of bytes, computed by libcrypto.
final class MessageDigest {
  private let context: OpaquePointer

  /// Begins the digest of nothing, to be added to; nil where libcrypto does not have the algorithm.
  ///
  /// - Parameter algorithm: `EVP_sha256()`, or another.
  init?(_ algorithm: OpaquePointer?) {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    self.context = context
    if EVP_DigestInit_ex(context, algorithm, nil) != 1 { return nil }
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds bytes.
  func update(_ bytes: UnsafeRawBufferPointer) {
    precondition(
      EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "a digest failed")
  }

  /// The digest in hexadecimal digits; the last call.
  func hexDigest() -> String {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: CUnsignedInt = 0
    precondition(EVP_DigestFinal_ex(context, &digest, &count) == 1, "a digest failed")
    return digest[..<Int(count)].map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }.joined()
  }
}

/// A SHA-256 digest.
package struct SHA256 {
  private let digest: MessageDigest

  /// Makes the digest of nothing, to be added to.
  package init() {
    guard let digest = MessageDigest(EVP_sha256()) else {
      preconditionFailure("SHA-256 is not available")
    }
    self.digest = digest
  }

  /// Adds bytes.
  package func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes(digest.update) }

  /// Adds bytes.
  package func update(_ bytes: Bytes) {
    bytes.withUnsafeBufferPointer { digest.update(UnsafeRawBufferPointer($0)) }
  }

  /// Adds the little-endian bytes of numbers.
  package func update(_ values: [Float]) {
    values.map { $0.bitPattern.littleEndian }.withUnsafeBytes(digest.update)
  }

  /// The digest in 64 hexadecimal digits; the last call.
  package func hexDigest() -> String { digest.hexDigest() }

  /// The digest of some bytes.
  package static func hexDigest(_ bytes: [UInt8]) -> String {
    let hash = SHA256()
    hash.update(bytes)
    return hash.hexDigest()
  }
}
