import CVector

/// Weights of a square 3×3 convolution in the transformed domain: 36 matrices [channels][channels].
struct WinogradWeights {
  let channels: Int

  private var registersPerTap: Int { channels * channels / Register.scalarCount }

  /// G·g·Gᵀ of weights [3][3][channels][channels].
  func transform(_ weights: RegisterPointer, into points: WinogradPoints) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.weightTransforms, entered: entry) }
    for index in 0..<registersPerTap {
      let c0 = column(weights + index)
      let c1 = column(weights + registersPerTap + index)
      let c2 = column(weights + 2 * registersPerTap + index)
      points.storeRow(0, at: index, WinogradTransform.weights(c0.0, c1.0, c2.0))
      points.storeRow(1, at: index, WinogradTransform.weights(c0.1, c1.1, c2.1))
      points.storeRow(2, at: index, WinogradTransform.weights(c0.2, c1.2, c2.2))
      points.storeRow(3, at: index, WinogradTransform.weights(c0.3, c1.3, c2.3))
      points.storeRow(4, at: index, WinogradTransform.weights(c0.4, c1.4, c2.4))
      points.storeRow(5, at: index, WinogradTransform.weights(c0.5, c1.5, c2.5))
    }
  }

  @inline(__always) private func column(_ g: RegisterPointer) -> Six {
    WinogradTransform.weights(g[0], g[3 * registersPerTap], g[6 * registersPerTap])
  }

  /// Gᵀ·m·G: the gradient of weights [3][3][channels][channels] from that of their points.
  func invert(_ points: WinogradPoints, into gradient: RegisterPointer) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.weightTransforms, entered: entry) }
    let row = 3 * registersPerTap
    for index in 0..<registersPerTap {
      let c0 = gradientColumn(points, 0, index)
      let c1 = gradientColumn(points, 1, index)
      let c2 = gradientColumn(points, 2, index)
      let c3 = gradientColumn(points, 3, index)
      let c4 = gradientColumn(points, 4, index)
      let c5 = gradientColumn(points, 5, index)
      let g = gradient + index
      store(WinogradTransform.weightGradient(c0.0, c1.0, c2.0, c3.0, c4.0, c5.0), to: g)
      store(WinogradTransform.weightGradient(c0.1, c1.1, c2.1, c3.1, c4.1, c5.1), to: g + row)
      store(WinogradTransform.weightGradient(c0.2, c1.2, c2.2, c3.2, c4.2, c5.2), to: g + 2 * row)
    }
  }

  @inline(__always) private func gradientColumn(
    _ points: WinogradPoints, _ column: Int, _ index: Int
  ) -> Three {
    let m = points.base + column * points.pointStride + index
    let row = 6 * points.pointStride
    return WinogradTransform.weightGradient(
      m[0], m[row], m[2 * row], m[3 * row], m[4 * row], m[5 * row])
  }

  @inline(__always) private func store(_ three: Three, to g: RegisterPointer) {
    g[0] = three.0
    g[registersPerTap] = three.1
    g[2 * registersPerTap] = three.2
  }

  /// The weights of the backward pass: taps reversed, inputs and outputs exchanged.
  func rotate(_ weights: ScalarPointer, into rotated: ScalarPointer) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.weightTransforms, entered: entry) }
    let count = channels * channels
    for tap in 0..<9 {
      transpose(
        weights + tap * count, rows: channels, columns: channels, into: rotated + (8 - tap) * count)
    }
  }
}
