import Tensor

/// Initial values of the projections of options B and C.
public enum ProjectionInitialization: String, CaseIterable, Sendable {
  /// Every weight 1/N over N input channels.
  case average
  /// Kaiming normal, like the other convolutions.
  case kaiming
}

extension Network {
  /// Sets all parameters and running statistics to their initial values.
  ///
  /// Weights are normal with standard deviation √(2/(k·k·inputs)) (He et al. 2015, "Delving deep
  /// into rectifiers"); biases, β and running means 0; γ and running variances 1. A weight depends on
  /// the seed, its tensor's name and its place in PyTorch's layout alone.
  ///
  /// - Parameters:
  ///   - seed: the seed.
  ///   - projectionInitialization: initial values of projections.
  public func initialize(seed: UInt64, projectionInitialization: ProjectionInitialization) {
    for slot in layout.parameters {
      slot.store(
        initialValues(slot, seed: seed, projectionInitialization: projectionInitialization),
        in: parameters)
    }
    for slot in layout.runningStatistics {
      slot.store(
        initialValues(slot, seed: seed, projectionInitialization: projectionInitialization),
        in: runningStatistics)
    }
  }

  private func initialValues(
    _ slot: TensorSlot, seed: UInt64, projectionInitialization: ProjectionInitialization
  ) -> [Float] {
    func constant(_ value: Float) -> [Float] { [Float](repeating: value, count: slot.count) }
    switch slot.role {
    case .bias, .normShift, .runningMean: return constant(0)
    case .normScale, .runningVariance: return constant(1)
    case .projection where projectionInitialization == .average:
      return constant(1 / Float(slot.inputs))
    case .convolution, .projection, .linear:
      let deviation = (2 / Double(slot.inputs)).squareRoot()
      let normals = NormalDeviates(seed: seed, name: slot.name)
      return (0..<slot.count).map { Float(deviation * normals.deviate(UInt64($0))) }
    }
  }

  /// A tensor's elements in PyTorch's layout.
  ///
  /// - Parameter slot: one of ``layout``'s slots.
  /// - Returns: the current values.
  public func values(of slot: TensorSlot) -> [Float] { slot.load(from: buffer(of: slot)) }

  /// Replaces a tensor's elements.
  ///
  /// - Parameters:
  ///   - slot: one of ``layout``'s slots.
  ///   - values: the elements in PyTorch's layout.
  public func setValues(of slot: TensorSlot, to values: [Float]) {
    slot.store(values, in: buffer(of: slot))
  }

  private func buffer(of slot: TensorSlot) -> FloatView {
    layout.runningStatistics.contains(slot) ? runningStatistics : parameters
  }
}

extension TensorSlot {
  /// The inputs of each output: channels times taps.
  fileprivate var inputs: Int { shape.dropFirst().reduce(1, *) }
}

/// Standard normal numbers, each a function of seed, name and index.
struct NormalDeviates {
  private let generator: CounterGenerator
  private let stream: UInt64

  init(seed: UInt64, name: String) {
    generator = CounterGenerator(seed: seed)
    // FNV-1a: any fixed hash that keeps names apart.
    stream = name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Marsaglia's polar method, with the attempts of an index as further counters.
  func deviate(_ index: UInt64) -> Double {
    var attempt: UInt64 = 0
    while true {
      let numbers = generator.numbers(stream: stream, index: index << 16 | attempt)
      let x = Self.symmetric(numbers.x, numbers.y)
      let y = Self.symmetric(numbers.z, numbers.w)
      let square = x * x + y * y
      if square > 0 && square < 1 {
        return x * (-2 * ElementaryFunctions.log(square) / square).squareRoot()
      }
      attempt += 1
    }
  }

  /// A number in [−1, 1) from 53 bits.
  private static func symmetric(_ high: UInt32, _ low: UInt32) -> Double {
    Double((UInt64(high) << 32 | UInt64(low)) >> 11) * 0x1p-52 - 1
  }
}
