import ResNet
import Tensor

extension Network {
  /// The passes of a step, for a process that owns the whole batch.
  func computeGradients() {
    let reducer = LocalReducer(partition: partition)
    forward(.batch(reducer))
    computeLoss()
    backward(reducer)
  }
}

/// A small network with random weights and images, and its plain counterpart.
struct Pair {
  let network: Network
  let plain: PlainNetwork
  let images: [PlainNetwork.Image]
  let labels: [Int]

  init(_ architecture: Architecture, partition: BatchPartition, seed: UInt64 = 1) {
    network = Network(architecture, partition: partition)
    network.initialize(seed: seed, projectionInitialization: .kaiming)
    let generator = CounterGenerator(seed: seed)
    func number(_ stream: UInt64, _ index: Int) -> Double {
      2 * generator.uniform(stream: stream, index: UInt64(index)) - 1
    }
    let slots = network.layout.parameters + network.layout.runningStatistics
    // Batch norm's values and biases away from 0 and 1, so that their every use shows.
    for (key, slot) in slots.enumerated() where slot.layout == .vector {
      let isFactor = slot.role == .normScale
      let center: Float = isFactor || slot.name.hasSuffix("running_var") ? 1 : 0
      network.setValues(
        of: slot,
        to: (0..<slot.count).map { center + 0.3 * Float(number(UInt64(1000 + key), $0)) })
    }
    var tensors: [String: [Double]] = [:]
    for slot in slots {
      tensors[slot.name] = network.values(of: slot).map(Double.init)
    }
    plain = PlainNetwork(
      architecture: architecture, groupSamples: partition.groupSamples, tensors: tensors)
    let side = architecture.imageSide
    images = (0..<partition.globalBatch).map { index in
      var image = PlainNetwork.Image(channels: 3, side: side)
      for place in image.values.indices {
        image.values[place] = Double(Float(number(UInt64(index), place)))
      }
      return image
    }
    labels = (0..<partition.globalBatch).map { ($0 * 7 + 3) % architecture.classes }
    for index in 0..<partition.localSamples {
      let sample = partition.localShards.lowerBound * partition.shardSamples + index
      network.labels[index] = labels[sample]
      let padded = network.images[index]
      for c in 0..<3 {
        for y in 0..<side {
          for x in 0..<side {
            padded[((y + 1) * (side + 2) + x + 1) * 3 + c] =
              Float(images[sample].values[images[sample].index(c, y, x)])
          }
        }
      }
    }
  }

  /// Computes gradients of the whole batch in this process.
  func computeGradients() {
    network.computeGradients()
    precondition(network.nodeGradients.count == 1, "the whole batch is one node")
    network.gradients[0..<network.layout.summedCount].copy(from: network.nodeGradients[0])
  }

  /// The worst difference between gradients and finite differences, relative to the largest
  /// derivative found in the tensor.
  ///
  /// Every tensor moves in some directions of random signs, so that each of its elements counts.
  func worstGradientError(directions: Int) -> (error: Double, tensor: String) {
    let generator = CounterGenerator(seed: 5)
    var worst = (error: 0.0, tensor: "")
    for (key, slot) in network.layout.parameters.enumerated() {
      let gradient = slot.load(from: network.gradients).map(Double.init)
      let pairs = (0..<directions).map { direction in
        let stream = UInt64(directions * key + direction)
        let signs = (0..<slot.count).map {
          generator.uniform(stream: stream, index: UInt64($0)) < 0.5 ? -1.0 : 1.0
        }
        return (
          found: zip(gradient, signs).reduce(0) { $0 + $1.0 * $1.1 },
          expected: plain.derivative(slot.name, along: signs, images, labels)
        )
      }
      let scale = pairs.map { abs($0.expected) }.max() ?? 0
      for pair in pairs {
        let error = abs(pair.found - pair.expected) / max(scale, 1e-3)
        if !(error <= worst.error) { worst = (error, slot.name) }
      }
    }
    return worst
  }
}
