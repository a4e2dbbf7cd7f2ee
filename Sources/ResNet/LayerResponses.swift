import Tensor

/// How the outputs of a 3×3 convolution spread, after its batch norm and before the addition and the
/// ReLU: the responses of "Deep Residual Learning for Image Recognition", §4.2 and Figure 7.
public struct LayerResponse: Equatable, Sendable {
  /// The convolution, such as `layer1.0.conv1`.
  public let layer: String
  /// How many numbers were looked at: of all images, pixels and channels.
  public private(set) var count = 0
  private var sum = 0.0
  private var squares = 0.0

  /// Makes the response of a layer to no image yet.
  ///
  /// - Parameter layer: the convolution.
  init(layer: String) { self.layer = layer }

  /// The standard deviation over all of them.
  public var deviation: Double {
    let mean = sum / Double(count)
    return max(0, squares / Double(count) - mean * mean).squareRoot()
  }

  /// Adds the numbers of a channel, d·scale + center for each d.
  mutating func add(
    count: Int, sum: Double, squares: Double, scale: Double, center: Double
  ) {
    self.count += count
    self.sum += scale * sum + Double(count) * center
    self.squares +=
      scale * scale * squares + 2 * scale * center * sum + Double(count) * center * center
  }
}

extension Network {
  /// The responses of all layers to no image yet, in their order.
  public var emptyResponses: [LayerResponse] {
    ([architecture.stemUnit] + architecture.blocks.flatMap(\.units)).map {
      LayerResponse(layer: $0.convolution)
    }
  }

  /// Adds the responses to the images whose logits were computed last.
  ///
  /// - Parameters:
  ///   - count: how many of ``images``, as was given to ``computeLogits(count:)``.
  ///   - responses: one for each layer, added to.
  public func addResponses(count: Int, to responses: inout [LayerResponse]) {
    precondition(responses.count == units.count, "\(responses.count) of \(units.count) layers")
    for (index, unit) in units.enumerated() {
      unit.addResponses(count: count, to: &responses[index])
    }
  }
}

extension ConvolutionUnit {
  /// Adds the responses of this layer, from the moments of its raw outputs in each channel.
  fileprivate func addResponses(count: Int, to response: inout LayerResponse) {
    let channels = shape.channels
    let sums = DoubleView(zeros: 2 * channels)
    let pivot = norm?.mean(ofGroup: 0) ?? FloatView(zeros: channels)
    for image in 0..<count {
      accumulateMoments(output[image], shape: shape, pivot: pivot, into: sums)
    }
    let (scale, shift) = (scale(ofGroup: 0), shift(ofGroup: 0))
    for channel in 0..<channels {
      let factor = Double(scale[channel])
      response.add(
        count: count * shape.side * shape.side, sum: sums[channel],
        squares: sums[channels + channel], scale: factor,
        center: factor * Double(pivot[channel]) + Double(shift[channel]))
    }
  }
}
