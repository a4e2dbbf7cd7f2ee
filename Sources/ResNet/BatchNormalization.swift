import Tensor

/// Batch norm over groups of samples of the global batch (Ioffe and Szegedy 2015).
///
/// Statistics are summed per shard while convolutions finish their images, combined along
/// each group's tree by the reducer, and turned into per-channel factors and terms that the next
/// prologue applies. Every rank computes those of every group, so running statistics and the
/// gradients of γ and β are the same everywhere without further communication.
final class BatchNormalization {
  static let epsilon = 1e-5
  static let momentum = 0.1

  let shape: ImageShape
  private let partition: BatchPartition
  private let gamma: FloatView
  private let beta: FloatView
  private let gammaGradient: FloatView
  private let betaGradient: FloatView
  private let runningMean: FloatView
  private let runningVariance: FloatView
  /// Sums of this rank, [local shards][2·channels].
  private let rows: DoubleView
  /// Sums of the whole batch, [groups][2·channels].
  private let results: DoubleView
  /// Means of the whole batch, [groups][channels].
  private let exactMean: DoubleView
  private let inverseDeviation: DoubleView
  private let meanRows: FloatView
  private let scaleRows: FloatView
  private let shiftRows: FloatView
  private let gradientRows: (a: FloatView, b: FloatView, c: FloatView)

  init(
    name: String, shape: ImageShape, partition: BatchPartition, buffers: NetworkBuffers,
    arena: Arena
  ) {
    self.shape = shape
    self.partition = partition
    gamma = buffers.parameter("\(name).weight")
    beta = buffers.parameter("\(name).bias")
    gammaGradient = buffers.gradient("\(name).weight")
    betaGradient = buffers.gradient("\(name).bias")
    runningMean = buffers.statistic("\(name).running_mean")
    runningVariance = buffers.statistic("\(name).running_var")
    let channels = shape.channels
    let groups = partition.groups.count
    rows = arena.take(partition.localShards.count * 2 * channels)
    results = arena.take(groups * 2 * channels)
    exactMean = arena.take(groups * channels)
    inverseDeviation = arena.take(groups * channels)
    meanRows = arena.take(groups * channels)
    scaleRows = arena.take(groups * channels)
    shiftRows = arena.take(groups * channels)
    gradientRows = (
      arena.take(groups * channels), arena.take(groups * channels), arena.take(groups * channels)
    )
  }

  /// The row of a group in one of the per-group tables.
  private func row(_ table: FloatView, _ group: Int) -> FloatView {
    table.row(group, width: shape.channels)
  }

  package func mean(ofGroup group: Int) -> FloatView { row(meanRows, group) }
  func scale(ofGroup group: Int) -> FloatView { row(scaleRows, group) }
  func shift(ofGroup group: Int) -> FloatView { row(shiftRows, group) }
  func gradientCoefficients(ofGroup group: Int) -> (a: FloatView, b: FloatView, c: FloatView) {
    (row(gradientRows.a, group), row(gradientRows.b, group), row(gradientRows.c, group))
  }

  /// The sums of one local shard.
  func sums(ofLocalShard index: Int) -> DoubleView {
    rows.row(index, width: 2 * shape.channels)
  }

  private var pixels: Int { shape.side * shape.side }
  private var valuesPerShard: Int { partition.shardSamples * pixels }
  private var valuesPerGroup: Int { partition.groupSamples * pixels }

  /// Forgets the sums of a pass before.
  func beginSums() { rows.fill(with: 0) }

  /// Turns a local shard's sums about its pivot into its moments.
  func finishShard(_ index: Int, pivot: FloatView) {
    finishMoments(sums(ofLocalShard: index), pivot: pivot, values: valuesPerShard)
  }

  /// Combines moments over the batch, and computes factors, terms and running statistics.
  ///
  /// **Ranks**: collective.
  func finishForward<Failure>(_ reducer: any StatisticsReducer<Failure>) throws(Failure) {
    try reducer.combine(rows, by: .moments(valuesPerLeaf: valuesPerShard), into: results)
    let channels = shape.channels
    let groups = partition.groups.count
    let values = Double(valuesPerGroup)
    for channel in 0..<channels {
      var meanSum = 0.0
      var varianceSum = 0.0
      for group in 0..<groups {
        let mean = results[group * 2 * channels + channel]
        let squares = results[group * 2 * channels + channels + channel]
        setCoefficients(group, channel, mean: mean, variance: squares / values)
        meanSum += mean
        varianceSum += squares / (values - 1)
      }
      update(runningMean, channel, with: meanSum / Double(groups))
      update(runningVariance, channel, with: varianceSum / Double(groups))
    }
  }

  private func update(_ statistic: FloatView, _ channel: Int, with value: Double) {
    let kept = (1 - Self.momentum) * Double(statistic[channel])
    statistic[channel] = Float(kept + Self.momentum * value)
  }

  /// Computes the factors and terms of evaluation, as group 0.
  func useRunningStatistics() {
    for channel in 0..<shape.channels {
      setCoefficients(
        0, channel, mean: Double(runningMean[channel]),
        variance: Double(runningVariance[channel]))
    }
  }

  private func setCoefficients(_ group: Int, _ channel: Int, mean: Double, variance: Double) {
    let index = group * shape.channels + channel
    let inverse = 1 / (variance + Self.epsilon).squareRoot()
    let scale = Double(gamma[channel]) * inverse
    exactMean[index] = mean
    inverseDeviation[index] = inverse
    meanRows[index] = Float(mean)
    scaleRows[index] = Float(scale)
    shiftRows[index] = Float(Double(beta[channel]) - mean * scale)
  }

  /// Combines Σd and Σd·(y − mean) over the batch, and computes the gradients of γ and β and the
  /// coefficients of the raw output's gradient.
  ///
  /// **Ranks**: collective.
  func finishBackward<Failure>(_ reducer: any StatisticsReducer<Failure>) throws(Failure) {
    try reducer.combine(rows, by: .sum, into: results)
    let channels = shape.channels
    let values = Double(valuesPerGroup)
    for channel in 0..<channels {
      var gammaSum = 0.0
      var betaSum = 0.0
      for group in partition.groups.indices {
        let index = group * channels + channel
        let inverse = inverseDeviation[index]
        let sum = results[group * 2 * channels + channel]
        let product = results[group * 2 * channels + channels + channel] * inverse
        let a = Double(gamma[channel]) * inverse
        let b = -a * inverse * product / values
        gradientRows.a[index] = Float(a)
        gradientRows.b[index] = Float(b)
        gradientRows.c[index] = Float(-a * sum / values - b * exactMean[index])
        gammaSum += product
        betaSum += sum
      }
      gammaGradient[channel] = Float(gammaSum)
      betaGradient[channel] = Float(betaSum)
    }
  }
}
