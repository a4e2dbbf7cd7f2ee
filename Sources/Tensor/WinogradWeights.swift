import CVector

/// Weights of a square 3×3 convolution in the transformed domain: 36 matrices [channels][channels].
struct WinogradWeights {
  let channels: Int

  private var vectorsPerTap: Int { channels * channels / vectorLanes }

  /// G·g·Gᵀ of weights [3][3][channels][channels].
  func transform(_ weights: VectorPointer, into points: VectorPointer) {
    let count = vectorsPerTap
    var t = InlineArray<18, Vector>(repeating: Vector())
    for index in 0..<count {
      for x in 0..<3 {
        let g = weights + x * count + index
        let six = WinogradTransform.weights(g[0], g[3 * count], g[6 * count])
        t[x] = six.0
        t[3 + x] = six.1
        t[6 + x] = six.2
        t[9 + x] = six.3
        t[12 + x] = six.4
        t[15 + x] = six.5
      }
      for y in 0..<6 {
        let six = WinogradTransform.weights(t[3 * y], t[3 * y + 1], t[3 * y + 2])
        let p = points + y * 6 * count + index
        p[0] = six.0
        p[count] = six.1
        p[2 * count] = six.2
        p[3 * count] = six.3
        p[4 * count] = six.4
        p[5 * count] = six.5
      }
    }
  }

  /// Gᵀ·m·G: the gradient of weights [3][3][channels][channels] from that of their points.
  func invert(_ points: VectorPointer, into gradient: VectorPointer) {
    let count = vectorsPerTap
    var t = InlineArray<18, Vector>(repeating: Vector())
    for index in 0..<count {
      for x in 0..<6 {
        let m = points + x * count + index
        let three = WinogradTransform.weightGradient(
          m[0], m[6 * count], m[12 * count], m[18 * count], m[24 * count], m[30 * count])
        t[x] = three.0
        t[6 + x] = three.1
        t[12 + x] = three.2
      }
      for y in 0..<3 {
        let three = WinogradTransform.weightGradient(
          t[6 * y], t[6 * y + 1], t[6 * y + 2], t[6 * y + 3], t[6 * y + 4], t[6 * y + 5])
        let p = gradient + y * 3 * count + index
        p[0] = three.0
        p[count] = three.1
        p[2 * count] = three.2
      }
    }
  }

  /// The weights of the backward pass: taps reversed, inputs and outputs exchanged.
  func rotate(_ weights: ScalarPointer, into rotated: ScalarPointer) {
    let count = channels * channels
    for tap in 0..<9 {
      let from = weights + tap * count
      let to = rotated + (8 - tap) * count
      for i in 0..<channels {
        for o in 0..<channels { to[o * channels + i] = from[i * channels + o] }
      }
    }
  }
}
