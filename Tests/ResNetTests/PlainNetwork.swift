import Foundation
import ResNet

/// The networks of the paper in double precision and NCHW, with index loops only.
///
/// It has the forward pass in both modes and its loss, from tensors in PyTorch's names and layouts.
/// Gradients come from finite differences. What batch norm does can be changed, so that tests see
/// whether they would notice.
struct PlainNetwork {
  let architecture: Architecture
  /// Samples that share batch-norm statistics in training mode.
  var groupSamples: Int
  var tensors: [String: [Double]]
  var epsilon = 1e-5
  var momentum = 0.1
  /// Whether running variances follow unbiased ones.
  var isUnbiased = true
  /// The standard deviation of each convolution's outputs of the last pass, after batch norm and
  /// before the addition and the ReLU.
  private(set) var responses: [Double] = []

  /// One image: [channels][side][side].
  struct Image {
    var channels: Int
    var side: Int
    var values: [Double]

    init(channels: Int, side: Int) {
      self.channels = channels
      self.side = side
      values = [Double](repeating: 0, count: channels * side * side)
    }

    func index(_ c: Int, _ y: Int, _ x: Int) -> Int { (c * side + y) * side + x }
  }

  private func tensor(_ name: String) -> [Double] { tensors[name] ?? [] }

  /// An image within a border of zeros.
  private func pad(_ image: Image, by border: Int) -> Image {
    var result = Image(channels: image.channels, side: image.side + 2 * border)
    for c in 0..<image.channels {
      for y in 0..<image.side {
        for x in 0..<image.side {
          let value = image.values[image.index(c, y, x)]
          result.values[result.index(c, y + border, x + border)] = value
        }
      }
    }
    return result
  }

  private func convolve(
    _ input: Image, _ name: String, channels: Int, taps: Int, stride: Int, bias: Bool
  ) -> Image {
    let weights = tensor("\(name).weight")
    let biases = bias ? tensor("\(name).bias") : [Double](repeating: 0, count: channels)
    let padded = pad(input, by: taps / 2)
    var output = Image(channels: channels, side: input.side / stride)
    let side = output.side
    // Derivatives need thousands of these, so the inner loop is without checks.
    padded.values.withUnsafeBufferPointer { pixels in
      output.values.withUnsafeMutableBufferPointer { sums in
        for o in 0..<channels {
          for place in 0..<side * side { sums[o * side * side + place] = biases[o] }
          for i in 0..<input.channels {
            for tap in 0..<taps * taps {
              let weight = weights[(o * input.channels + i) * taps * taps + tap]
              for y in 0..<side {
                let row = padded.index(i, y * stride + tap / taps, tap % taps)
                let line = (o * side + y) * side
                for x in 0..<side { sums[line &+ x] += weight * pixels[row &+ x &* stride] }
              }
            }
          }
        }
      }
    }
    return output
  }

  /// Means and centred sums of squares of some images' channels.
  private struct Moments {
    let means: [Double]
    let squares: [Double]
    let count: Double

    init(_ images: ArraySlice<Image>, channels: Int, pixels: Int) {
      let count = Double(images.count * pixels)
      let values = (0..<channels).map { c in
        images.flatMap { $0.values[c * pixels..<(c + 1) * pixels] }
      }
      let means = values.map { $0.reduce(0, +) / count }
      squares = zip(values, means).map { values, mean in
        values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      }
      self.means = means
      self.count = count
    }

    func variances(unbiased: Bool) -> [Double] {
      squares.map { $0 / (unbiased ? count - 1 : count) }
    }
  }

  /// Batch norm; in training mode by the statistics of each group, which the running ones follow.
  private mutating func normalize(_ images: [Image], _ name: String, training: Bool) -> [Image] {
    let (mean, variance) = ("\(name).running_mean", "\(name).running_var")
    if !training { return scale(images[...], name, tensor(mean), tensor(variance)) }
    let groups = stride(from: 0, to: images.count, by: groupSamples).map { start in
      images[start..<start + groupSamples]
    }
    let moments = groups.map {
      Moments($0, channels: images[0].channels, pixels: images[0].side * images[0].side)
    }
    follow(mean, moments.map(\.means))
    follow(variance, moments.map { $0.variances(unbiased: isUnbiased) })
    return zip(groups, moments).flatMap {
      scale($0, name, $1.means, $1.variances(unbiased: false))
    }
  }

  /// Moves a running statistic towards the mean over groups.
  private mutating func follow(_ name: String, _ groups: [[Double]]) {
    tensors[name] = tensor(name).enumerated().map { c, old in
      let mean = groups.reduce(0) { $0 + $1[c] } / Double(groups.count)
      return (1 - momentum) * old + momentum * mean
    }
  }

  private func scale(
    _ images: ArraySlice<Image>, _ name: String, _ means: [Double], _ variances: [Double]
  ) -> [Image] {
    let gamma = tensor("\(name).weight")
    let beta = tensor("\(name).bias")
    return images.map { image in
      var result = image
      let pixels = image.side * image.side
      for c in 0..<image.channels {
        let deviation = (variances[c] + epsilon).squareRoot()
        for pixel in c * pixels..<(c + 1) * pixels {
          result.values[pixel] = (image.values[pixel] - means[c]) / deviation * gamma[c] + beta[c]
        }
      }
      return result
    }
  }

  private func relu(_ image: Image) -> Image {
    var result = image
    for index in result.values.indices { result.values[index] = max(0, result.values[index]) }
    return result
  }

  private func add(_ a: Image, _ b: Image) -> Image {
    var result = a
    for index in result.values.indices { result.values[index] += b.values[index] }
    return result
  }

  /// Every second pixel, with zero channels at the end.
  private func subsample(_ image: Image, channels: Int) -> Image {
    var result = Image(channels: channels, side: image.side / 2)
    for c in 0..<image.channels {
      for y in 0..<result.side {
        for x in 0..<result.side {
          result.values[result.index(c, y, x)] = image.values[image.index(c, 2 * y, 2 * x)]
        }
      }
    }
    return result
  }

  private func shortcut(_ input: Image, _ name: String, channels: Int, stride: Int) -> Image {
    let changes = stride != 1 || channels != input.channels
    if architecture.shortcut == .C || (architecture.shortcut == .B && changes) {
      return convolve(
        input, "\(name).shortcut", channels: channels, taps: 1, stride: stride, bias: true)
    }
    return changes ? subsample(input, channels: channels) : input
  }

  private mutating func noteResponse(_ images: [Image]) {
    let values = images.flatMap(\.values)
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    responses.append((squares / Double(values.count)).squareRoot())
  }

  /// The outputs of the last block.
  private mutating func features(_ images: [Image], training: Bool) -> [Image] {
    responses = []
    let bare = architecture.stem == .bare
    var x = images.map {
      convolve($0, "conv1", channels: architecture.width, taps: 3, stride: 1, bias: bare)
    }
    if !bare { x = normalize(x, "bn1", training: training) }
    noteResponse(x)
    if !bare { x = x.map(relu) }
    for stage in 0..<3 {
      for index in 0..<architecture.blocksPerStage {
        let name = "layer\(stage + 1).\(index)"
        let channels = architecture.width << stage
        let stride = stage > 0 && index == 0 ? 2 : 1
        var y = x
        for unit in 1...architecture.unitsPerBlock {
          if unit > 1 { y = y.map(relu) }
          y = y.map {
            convolve(
              $0, "\(name).conv\(unit)", channels: channels, taps: 3,
              stride: unit == 1 ? stride : 1, bias: false)
          }
          y = normalize(y, "\(name).bn\(unit)", training: training)
          noteResponse(y)
        }
        if architecture.kind == .residual {
          y = zip(y, x).map { add($0, shortcut($1, name, channels: channels, stride: stride)) }
        }
        x = y.map(relu)
      }
    }
    return x
  }

  /// The scores of each image's classes.
  mutating func logits(_ images: [Image], training: Bool) -> [[Double]] {
    let weights = tensor("linear.weight")
    let bias = tensor("linear.bias")
    return features(images, training: training).map { image in
      let pixels = image.side * image.side
      var logits = bias
      for c in 0..<image.channels {
        let pooled = image.values[c * pixels..<(c + 1) * pixels].reduce(0, +) / Double(pixels)
        for o in 0..<architecture.classes { logits[o] += weights[o * image.channels + c] * pooled }
      }
      return logits
    }
  }

  /// The summed cross-entropy of images.
  private static func crossEntropy(_ logits: [[Double]], _ labels: [Int]) -> Double {
    var total = 0.0
    for (scores, label) in zip(logits, labels) {
      let maximum = scores.max() ?? 0
      total += maximum + log(scores.reduce(0) { $0 + exp($1 - maximum) }) - scores[label]
    }
    return total
  }

  /// The mean cross-entropy of a global batch in training mode.
  func loss(_ images: [Image], labels: [Int]) -> Double {
    var network = self
    return Self.crossEntropy(network.logits(images, training: true), labels)
      / Double(images.count)
  }

  /// Moves the running statistics as a pass over a global batch in training mode does.
  mutating func updateRunningStatistics(_ images: [Image]) { _ = features(images, training: true) }

  /// The summed cross-entropy of images and each one's likeliest class in evaluation mode.
  func evaluate(_ images: [Image], labels: [Int]) -> (loss: Double, classes: [Int]) {
    var network = self
    let logits = network.logits(images, training: false)
    let classes = logits.map { $0.firstIndex(of: $0.max() ?? 0) ?? 0 }
    return (Self.crossEntropy(logits, labels), classes)
  }

  /// The loss's derivative as a tensor moves in a direction, by central difference.
  func derivative(
    _ name: String, along direction: [Double], _ images: [Image], _ labels: [Int]
  ) -> Double {
    let step = 1e-7
    func loss(_ step: Double) -> Double {
      var moved = self
      moved.tensors[name] = zip(tensor(name), direction).map { $0 + step * $1 }
      return moved.loss(images, labels: labels)
    }
    return (loss(step) - loss(-step)) / (2 * step)
  }
}
