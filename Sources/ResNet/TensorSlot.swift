import Tensor

/// One named tensor and where it lies in a flat buffer.
public struct TensorSlot: Equatable, Sendable {
  /// What a tensor is to its network: how it begins, whether weight decay may spare it.
  public enum Role: Equatable, Sendable {
    /// The weights of a 3×3 convolution, of a projection, and of the linear layer.
    case convolution, projection, linear
    /// The bias of any of them.
    case bias
    /// Batch norm's γ and β.
    case normScale, normShift
    /// Batch norm's running statistics.
    case runningMean, runningVariance

    /// Whether it is a matrix of weights, and not one number per channel.
    public var isWeight: Bool {
      switch self {
      case .convolution, .projection, .linear: true
      case .bias, .normScale, .normShift, .runningMean, .runningVariance: false
      }
    }

    /// How its elements lie.
    public var layout: Layout {
      switch self {
      case .convolution, .projection: .convolution
      case .linear: .linear
      case .bias, .normScale, .normShift, .runningMean, .runningVariance: .vector
      }
    }
  }

  /// How PyTorch's layout maps to the kernels'.
  public enum Layout: Equatable, Sendable {
    /// [out][in][k][k] to [k][k][in][out].
    case convolution
    /// [out][in] to [in][out rounded up to vectors].
    case linear
    /// [n] to [n rounded up to vectors].
    case vector
  }

  /// The tensor's name, as PyTorch's modules of the same structure name it.
  public let name: String
  /// Its shape in PyTorch's layout.
  public let shape: [Int]
  /// What it is to the network.
  public let role: Role
  /// Where the kernels' layout lies in the flat buffer, padding included.
  public let range: Range<Int>

  /// How the layouts map.
  public var layout: Layout { role.layout }
  /// The number of elements that are not padding.
  public var count: Int { shape.reduce(1, *) }

  /// Calls a body with each element's place in both layouts.
  func forEachElement(_ body: (_ torch: Int, _ kernel: Int) -> Void) {
    switch layout {
    case .vector:
      for index in 0..<count { body(index, index) }
    case .linear:
      let stride = roundedUpToVectors(shape[0])
      for o in 0..<shape[0] {
        for i in 0..<shape[1] { body(o * shape[1] + i, i * stride + o) }
      }
    case .convolution:
      let (outputs, inputs, taps) = (shape[0], shape[1], shape[2] * shape[3])
      for o in 0..<outputs {
        for i in 0..<inputs {
          for tap in 0..<taps {
            body((o * inputs + i) * taps + tap, (tap * inputs + i) * outputs + o)
          }
        }
      }
    }
  }

  /// Writes the tensor into a flat buffer.
  ///
  /// - Parameters:
  ///   - values: the elements in PyTorch's layout.
  ///   - buffer: the flat buffer.
  public func store(_ values: [Float], in buffer: FloatView) {
    precondition(values.count == count, "\(values.count) values for \(name) of shape \(shape)")
    let view = buffer[range]
    view.fill(with: 0)
    forEachElement { torch, kernel in view[kernel] = values[torch] }
  }

  /// Reads the tensor from a flat buffer.
  ///
  /// - Parameter buffer: the flat buffer.
  /// - Returns: the elements in PyTorch's layout.
  public func load(from buffer: FloatView) -> [Float] {
    let view = buffer[range]
    var values = [Float](repeating: 0, count: count)
    forEachElement { torch, kernel in values[torch] = view[kernel] }
    return values
  }
}
