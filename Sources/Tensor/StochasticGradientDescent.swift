import CVector

/// One step of SGD with momentum in PyTorch's form.
///
/// v ← momentum·v + (g + weightDecay·w), then w ← w − learningRate·v.
///
/// - Parameters:
///   - weights: w, a whole number of vectors.
///   - gradient: g, of the same count.
///   - momentumBuffer: v, of the same count.
///   - learningRate: the step's learning rate.
///   - momentum: the factor of v.
///   - weightDecay: the factor of w.
public func sgd(
  _ weights: FloatView, gradient: FloatView, momentumBuffer: FloatView, learningRate: Float,
  momentum: Float, weightDecay: Float
) {
  let entry = KernelClock.enter()
  defer { KernelClock.leave(.descent, entered: entry) }
  precondition(
    weights.count == gradient.count && weights.count == momentumBuffer.count,
    "\(weights.count) weights, \(gradient.count) gradients, \(momentumBuffer.count) momenta")
  precondition(weights.count % vectorLanes == 0, "\(weights.count) weights are not whole vectors")
  let w = weights.vectors
  let g = gradient.vectors
  let v = momentumBuffer.vectors
  let rate = Vector(repeating: -learningRate)
  let decay = Vector(repeating: weightDecay)
  let factor = Vector(repeating: momentum)
  for index in 0..<weights.count / vectorLanes {
    let total = cvector_fma(w[index], decay, g[index])
    let velocity = cvector_fma(v[index], factor, total)
    v[index] = velocity
    w[index] = cvector_fma(velocity, rate, w[index])
  }
}
