import CVector

/// What the kernels of this process spend their time on, for benchmarks.
///
/// Kernels read the CPU's time stamp at entry and exit while the clock runs; when it does not, a
/// measurement is one branch. Like the kernels, it serves the one compute thread of a rank.
public enum KernelClock {
  /// A kind of kernel.
  public enum Kernel: Int, CaseIterable, Sendable {
    /// Winograd's products of tiles and weights, forward and backward.
    case winogradProducts = 0
    /// Winograd's products of tiles and gradients: the weight gradients.
    case winogradWeightGradients
    /// Winograd's transforms of inputs.
    case inputTransforms
    /// Winograd's transforms of output gradients.
    case gradientTransforms
    /// Winograd's transforms of products into outputs.
    case outputTransforms
    /// Winograd's transforms of weights and of their gradients.
    case weightTransforms
    /// Convolutions by definition, forward.
    case directForward
    /// Convolutions by definition, input gradients.
    case directInputGradients
    /// Convolutions by definition, weight gradients.
    case directWeightGradients
    /// Projections of options B and C.
    case projections
    /// Batch norm, shortcut and ReLU, forward.
    case activations
    /// Sums for batch norm's statistics.
    case moments
    /// Batch norm's gradient.
    case normalizationGradients
    /// Gradients through ReLU and shortcut, with batch norm's backward sums.
    case activationGradients
    /// Pooling, the linear layer and the loss, forward and backward.
    case classifier
    /// The update of weights and momentum.
    case descent

    /// The name in reports.
    public var name: String {
      switch self {
      case .winogradProducts: "Winograd products"
      case .winogradWeightGradients: "Winograd weight-gradient products"
      case .inputTransforms: "Winograd input transforms"
      case .gradientTransforms: "Winograd gradient transforms"
      case .outputTransforms: "Winograd output transforms"
      case .weightTransforms: "Winograd weight transforms"
      case .directForward: "direct forward"
      case .directInputGradients: "direct input gradients"
      case .directWeightGradients: "direct weight gradients"
      case .projections: "projections"
      case .activations: "batch norm, shortcut, ReLU"
      case .moments: "batch-norm statistics"
      case .normalizationGradients: "batch-norm gradients"
      case .activationGradients: "ReLU and shortcut gradients"
      case .classifier: "classifier and loss"
      case .descent: "SGD"
      }
    }
  }

  private nonisolated(unsafe) static var isRunning = false
  private nonisolated(unsafe) static var ticks = InlineArray<16, UInt64>(repeating: 0)

  /// Sets all times to zero and starts measuring; not called from within a kernel.
  public static func start() {
    precondition(Kernel.allCases.count <= ticks.count, "a kernel without a clock")
    ticks = InlineArray(repeating: 0)
    isRunning = true
  }

  /// Stops measuring.
  ///
  /// - Returns: the ticks of the CPU's time stamp spent in each kind of kernel since the start.
  public static func stop() -> [(kernel: Kernel, ticks: UInt64)] {
    isRunning = false
    return Kernel.allCases.map { ($0, ticks[$0.rawValue]) }
  }

  /// The CPU's time stamp, which counts at a constant rate.
  public static var now: UInt64 { cvector_time_stamp() }

  /// Enters a kernel.
  ///
  /// - Returns: the time stamp if the clock runs, for ``leave(_:entered:)``.
  @inline(__always) static func enter() -> UInt64 { isRunning ? now : 0 }

  /// Leaves a kernel.
  @inline(__always) static func leave(_ kernel: Kernel, entered: UInt64) {
    if isRunning { ticks[kernel.rawValue] &+= now &- entered }
  }
}
