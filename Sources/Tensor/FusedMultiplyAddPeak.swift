import CVector

/// Measures how many single-precision operations this core's fused multiply-adds do at best.
///
/// Short bursts of independent chains, each a register: six, which fit AVX2's sixteen half-wide
/// registers, and twelve, which also hide the latency of 512-bit units. The best burst counts.
///
/// - Parameter bursts: how many of each kind, about 2 ms each.
/// - Returns: GFLOP/s, a multiply-add counted as two.
public func measureFusedMultiplyAddPeak(bursts: Int = 50) -> Double {
  let steps = 400_000
  let starts = FloatView((0..<12 * vectorLanes).map { 1 + Float($0) / 1024 })
  let clock = ContinuousClock()
  var best = 0.0
  for _ in 0..<bursts {
    let six = clock.measure { runSixChains(starts.vectors, steps: steps) }
    let twelve = clock.measure { runTwelveChains(starts.vectors, steps: steps / 2) }
    // Both did the same number of operations.
    let operations = Double(2 * 6 * vectorLanes * steps)
    best = max(best, operations / (min(six, twelve) / .seconds(1)))
  }
  return best * 1e-9
}

// The chains contract to the fixed point 1, so that no value ever overflows or gets subnormal.
private let factor: Float = 0.5
private let term: Float = 0.5

@inline(never)
private func runSixChains(_ values: VectorPointer, steps: Int) {
  let m = Vector(repeating: factor)
  let a = Vector(repeating: term)
  var (v0, v1, v2) = (values[0], values[1], values[2])
  var (v3, v4, v5) = (values[3], values[4], values[5])
  for _ in 0..<steps {
    v0 = cvector_fma(v0, m, a)
    v1 = cvector_fma(v1, m, a)
    v2 = cvector_fma(v2, m, a)
    v3 = cvector_fma(v3, m, a)
    v4 = cvector_fma(v4, m, a)
    v5 = cvector_fma(v5, m, a)
  }
  (values[0], values[1], values[2]) = (v0, v1, v2)
  (values[3], values[4], values[5]) = (v3, v4, v5)
}

@inline(never)
private func runTwelveChains(_ values: VectorPointer, steps: Int) {
  let m = Vector(repeating: factor)
  let a = Vector(repeating: term)
  var (v0, v1, v2, v3) = (values[0], values[1], values[2], values[3])
  var (v4, v5, v6, v7) = (values[4], values[5], values[6], values[7])
  var (v8, v9, v10, v11) = (values[8], values[9], values[10], values[11])
  for _ in 0..<steps {
    v0 = cvector_fma(v0, m, a)
    v1 = cvector_fma(v1, m, a)
    v2 = cvector_fma(v2, m, a)
    v3 = cvector_fma(v3, m, a)
    v4 = cvector_fma(v4, m, a)
    v5 = cvector_fma(v5, m, a)
    v6 = cvector_fma(v6, m, a)
    v7 = cvector_fma(v7, m, a)
    v8 = cvector_fma(v8, m, a)
    v9 = cvector_fma(v9, m, a)
    v10 = cvector_fma(v10, m, a)
    v11 = cvector_fma(v11, m, a)
  }
  (values[0], values[1], values[2], values[3]) = (v0, v1, v2, v3)
  (values[4], values[5], values[6], values[7]) = (v4, v5, v6, v7)
  (values[8], values[9], values[10], values[11]) = (v8, v9, v10, v11)
}
