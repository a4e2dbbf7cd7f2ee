import Tensor

extension Network {
  /// Computes the gradients of the mean loss of the global batch, from those of the logits.
  ///
  /// **Ranks**: collective; every rank's reducer is called in the same order.
  ///
  /// - Parameter reducer: combines batch norm's sums over the global batch.
  /// - Throws: what the reducer throws.
  public func backward<Failure>(_ reducer: any StatisticsReducer<Failure>) throws(Failure) {
    try backpropagateHead(reducer)
    for unit in units.reversed() { try backpropagate(unit, reducer) }
  }

  /// From the gradients of the logits to the last block's output.
  private func backpropagateHead<Failure>(
    _ reducer: any StatisticsReducer<Failure>
  ) throws(Failure) {
    let weights = buffers.parameter("linear.weight")
    output.before.norm?.beginSums()
    accumulator.accumulate(layout.headRange) { localShard, gradients in
      let shard = shards[localShard]
      gradients.fill(with: 0)
      for image in shard.images {
        let imageGradient = output.before.gradient[image]
        head.backward(
          image, gradient: logitGradient(image), weights: weights,
          weightGradient: gradients[0..<weights.count],
          biasGradient: gradients[weights.count..<gradients.count], imageGradient: imageGradient)
        output.backpropagate(image, of: shard, gradient: imageGradient)
      }
    }
    try output.before.norm?.finishBackward(reducer)
  }

  /// From the gradients of a unit's normalised output to those of the unit before it.
  private func backpropagate<Failure>(
    _ unit: ConvolutionUnit, _ reducer: any StatisticsReducer<Failure>
  ) throws(Failure) {
    unit.prepareBackward()
    accumulator.accumulate(unit.parameterRange) { localShard, gradients in
      unit.backward(shards[localShard], into: gradients)
    }
    if case .activation(let activation) = unit.input {
      try activation.before.norm?.finishBackward(reducer)
    }
  }
}
