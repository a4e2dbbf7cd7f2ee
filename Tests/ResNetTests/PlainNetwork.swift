import Foundation
import ResNet

/// The networks of the paper in double precision and NCHW, with index loops only.
///
/// It has the forward pass and its loss, from tensors in PyTorch's names and layouts. Gradients come
/// from finite differences.
struct PlainNetwork {
  let architecture: Architecture
  /// Samples that share batch-norm statistics.
  let groupSamples: Int
  var tensors: [String: [Double]]

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

  func convolve(
    _ input: Image, _ name: String, channels: Int, taps: Int, stride: Int, bias: Bool
  ) -> Image {
    let weights = tensor("\(name).weight")
    let biases = bias ? tensor("\(name).bias") : [Double](repeating: 0, count: channels)
    var output = Image(channels: channels, side: input.side / stride)
    for o in 0..<channels {
      for y in 0..<output.side {
        for x in 0..<output.side {
          var sum = biases[o]
          for ky in 0..<taps {
            let row = y * stride + ky - taps / 2
            if row < 0 || row >= input.side { continue }
            for kx in 0..<taps {
              let column = x * stride + kx - taps / 2
              if column < 0 || column >= input.side { continue }
              for i in 0..<input.channels {
                sum +=
                  weights[((o * input.channels + i) * taps + ky) * taps + kx]
                  * input.values[input.index(i, row, column)]
              }
            }
          }
          output.values[output.index(o, y, x)] = sum
        }
      }
    }
    return output
  }

  func normalize(_ images: [Image], _ name: String) -> [Image] {
    let gamma = tensor("\(name).weight")
    let beta = tensor("\(name).bias")
    var result = images
    for start in stride(from: 0, to: images.count, by: groupSamples) {
      let group = start..<start + groupSamples
      let pixels = images[0].side * images[0].side
      for c in 0..<images[0].channels {
        let values = group.flatMap { images[$0].values[c * pixels..<(c + 1) * pixels] }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        for image in group {
          for pixel in c * pixels..<(c + 1) * pixels {
            let normalized = (images[image].values[pixel] - mean) / (variance + 1e-5).squareRoot()
            result[image].values[pixel] = normalized * gamma[c] + beta[c]
          }
        }
      }
    }
    return result
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

  /// The outputs of the last block.
  func features(_ images: [Image]) -> [Image] {
    let bare = architecture.stem == .bare
    var x = images.map {
      convolve($0, "conv1", channels: architecture.width, taps: 3, stride: 1, bias: bare)
    }
    if !bare { x = normalize(x, "bn1").map(relu) }
    for stage in 0..<3 {
      for index in 0..<architecture.blocksPerStage {
        let name = "layer\(stage + 1).\(index)"
        let channels = architecture.width << stage
        let stride = stage > 0 && index == 0 ? 2 : 1
        var y = x.map {
          convolve($0, "\(name).conv1", channels: channels, taps: 3, stride: stride, bias: false)
        }
        y = normalize(y, "\(name).bn1").map(relu)
        y = y.map {
          convolve($0, "\(name).conv2", channels: channels, taps: 3, stride: 1, bias: false)
        }
        y = normalize(y, "\(name).bn2")
        if architecture.kind == .residual {
          y = zip(y, x).map { add($0, shortcut($1, name, channels: channels, stride: stride)) }
        }
        x = y.map(relu)
      }
    }
    return x
  }

  /// The mean cross-entropy of a global batch in training mode.
  func loss(_ images: [Image], labels: [Int]) -> Double {
    let weights = tensor("linear.weight")
    let bias = tensor("linear.bias")
    var total = 0.0
    for (image, label) in zip(features(images), labels) {
      let pixels = image.side * image.side
      let pooled = (0..<image.channels).map { c in
        image.values[c * pixels..<(c + 1) * pixels].reduce(0, +) / Double(pixels)
      }
      let logits = (0..<architecture.classes).map { o in
        (0..<pooled.count).reduce(bias[o]) { $0 + weights[o * pooled.count + $1] * pooled[$1] }
      }
      let maximum = logits.max() ?? 0
      total += maximum + log(logits.reduce(0) { $0 + exp($1 - maximum) }) - logits[label]
    }
    return total / Double(images.count)
  }

  /// The loss's derivative by one element, by central difference.
  func derivative(_ name: String, _ index: Int, _ images: [Image], _ labels: [Int]) -> Double {
    let step = 1e-7
    var moved = self
    moved.tensors[name]?[index] += step
    let above = moved.loss(images, labels: labels)
    moved.tensors[name]?[index] -= 2 * step
    return (above - moved.loss(images, labels: labels)) / (2 * step)
  }
}
