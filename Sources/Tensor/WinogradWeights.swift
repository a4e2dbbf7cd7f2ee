import CVector

/// Weights of a square 3×3 convolution in the transformed domain: 36 matrices [channels][channels].
struct WinogradWeights {
  let channels: Int

  private var vectorsPerTap: Int { channels * channels / vectorLanes }

  /// G·g·Gᵀ of weights [3][3][channels][channels].
  func transform(_ weights: VectorPointer, into points: VectorPointer) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.weightTransforms, entered: entry) }
    let tiles = WinogradTiles(base: points, pointStride: vectorsPerTap)
    for index in 0..<vectorsPerTap {
      let c0 = column(weights + index)
      let c1 = column(weights + vectorsPerTap + index)
      let c2 = column(weights + 2 * vectorsPerTap + index)
      tiles.storeRow(0, at: index, WinogradTransform.weights(c0.0, c1.0, c2.0))
      tiles.storeRow(1, at: index, WinogradTransform.weights(c0.1, c1.1, c2.1))
      tiles.storeRow(2, at: index, WinogradTransform.weights(c0.2, c1.2, c2.2))
      tiles.storeRow(3, at: index, WinogradTransform.weights(c0.3, c1.3, c2.3))
      tiles.storeRow(4, at: index, WinogradTransform.weights(c0.4, c1.4, c2.4))
      tiles.storeRow(5, at: index, WinogradTransform.weights(c0.5, c1.5, c2.5))
    }
  }

  @inline(__always) private func column(_ g: VectorPointer) -> Six {
    WinogradTransform.weights(g[0], g[3 * vectorsPerTap], g[6 * vectorsPerTap])
  }

  /// Gᵀ·m·G: the gradient of weights [3][3][channels][channels] from that of their points.
  func invert(_ points: VectorPointer, into gradient: VectorPointer) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.weightTransforms, entered: entry) }
    let row = 3 * vectorsPerTap
    for index in 0..<vectorsPerTap {
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
    _ points: VectorPointer, _ column: Int, _ index: Int
  ) -> Three {
    let m = points + column * vectorsPerTap + index
    let row = 6 * vectorsPerTap
    return WinogradTransform.weightGradient(
      m[0], m[row], m[2 * row], m[3 * row], m[4 * row], m[5 * row])
  }

  @inline(__always) private func store(_ three: Three, to g: VectorPointer) {
    g[0] = three.0
    g[vectorsPerTap] = three.1
    g[2 * vectorsPerTap] = three.2
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
