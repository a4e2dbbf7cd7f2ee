/// Random numbers that are a pure function of a key and a counter.
///
/// Nothing depends on how many numbers were drawn before or by whom, so a sample's crop or a
/// weight's initial value is the same at any number of ranks and after any resume. The generator
/// is Philox 4×32 with 10 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
/// 3"), which passes BigCrush; here its 64-bit key is the seed and its 128-bit counter is
/// (stream, index).
public struct CounterGenerator: Sendable {
  private let seed: UInt64

  /// Makes a generator.
  ///
  /// - Parameter seed: the key; different seeds give independent numbers.
  public init(seed: UInt64) { self.seed = seed }

  /// Four 32-bit numbers for one counter.
  ///
  /// - Parameters:
  ///   - stream: the upper half of the counter: what the numbers are for.
  ///   - index: the lower half of the counter: which of them.
  /// - Returns: four independent numbers, each uniform over 0 ..< 2³².
  public func numbers(stream: UInt64, index: UInt64) -> SIMD4<UInt32> {
    var counter = SIMD4<UInt32>(
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
      UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
    var key0 = UInt32(truncatingIfNeeded: seed)
    var key1 = UInt32(truncatingIfNeeded: seed >> 32)
    for _ in 0..<10 {
      let product0 = UInt64(0xD251_1F53) * UInt64(counter.x)
      let product1 = UInt64(0xCD9E_8D57) * UInt64(counter.z)
      counter = SIMD4(
        UInt32(truncatingIfNeeded: product1 >> 32) ^ counter.y ^ key0,
        UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ counter.w ^ key1,
        UInt32(truncatingIfNeeded: product0))
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
    return counter
  }

  /// A double in [0, 1) with 53 random bits.
  ///
  /// - Parameters:
  ///   - stream: what the number is for.
  ///   - index: which of them.
  /// - Returns: a multiple of 2⁻⁵³.
  public func uniform(stream: UInt64, index: UInt64) -> Double {
    let numbers = numbers(stream: stream, index: index)
    return Double((UInt64(numbers.x) << 32 | UInt64(numbers.y)) >> 11) * 0x1p-53
  }
}
