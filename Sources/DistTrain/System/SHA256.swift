import COpenSSL
import Tensor

/// A SHA-256 digest, computed by libcrypto.
package struct SHA256 {
  private final class Context {
    let pointer: OpaquePointer

    init() {
      guard let pointer = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
      self.pointer = pointer
      precondition(EVP_DigestInit_ex(pointer, EVP_sha256(), nil) == 1, "SHA-256 is not available")
    }

    deinit { EVP_MD_CTX_free(pointer) }
  }

  private let context = Context()

  /// Makes the digest of nothing, to be added to.
  package init() {}

  /// Adds bytes.
  package func update(_ bytes: [UInt8]) {
    precondition(EVP_DigestUpdate(context.pointer, bytes, bytes.count) == 1, "SHA-256 failed")
  }

  /// Adds bytes.
  package func update(_ bytes: Bytes) {
    bytes.withUnsafeBufferPointer { buffer in
      precondition(
        EVP_DigestUpdate(context.pointer, buffer.baseAddress, buffer.count) == 1, "SHA-256 failed")
    }
  }

  /// Adds the little-endian bytes of numbers.
  package func update(_ values: [Float]) {
    let bits = values.map { $0.bitPattern.littleEndian }
    precondition(EVP_DigestUpdate(context.pointer, bits, bits.count * 4) == 1, "SHA-256 failed")
  }

  /// The digest in 64 hexadecimal digits; the last call.
  package func hexDigest() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    precondition(EVP_DigestFinal_ex(context.pointer, &digest, nil) == 1, "SHA-256 failed")
    return digest.map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }.joined()
  }

  /// The digest of some bytes.
  package static func hexDigest(_ bytes: [UInt8]) -> String {
    let hash = SHA256()
    hash.update(bytes)
    return hash.hexDigest()
  }
}
