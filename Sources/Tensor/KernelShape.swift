/// The shape of a convolution as its kernels see it.
protocol KernelShape {
  /// Whether kernels are compiled for the shape, whose numbers are constants then.
  static var isCompiled: Bool { get }

  /// Rows and columns of the input.
  var inputSide: Int { get }
  var inputChannels: Int { get }
  var outputChannels: Int { get }
  var stride: Int { get }
}

extension KernelShape {
  /// Rows and columns of the output.
  @inline(__always) var side: Int { inputSide / stride }
  /// Vectors of input channels.
  @inline(__always) var inputColumns: Int { inputChannels / vectorLanes }
  /// Vectors of output channels.
  @inline(__always) var columns: Int { outputChannels / vectorLanes }
  /// Registers of output channels.
  @inline(__always) var registers: Int { outputChannels / Register.scalarCount }
}

/// A shape that kernels are compiled for: rows and columns `d` of the input, `c` input and `k` output
/// channels, stride `s`.
///
/// The constants are part of the type, so that they reach the innermost loops whatever is inlined.
struct CompiledShape<let d: Int, let c: Int, let k: Int, let s: Int>: KernelShape {
  @inline(__always) static var isCompiled: Bool { true }
  @inline(__always) var inputSide: Int { d }
  @inline(__always) var inputChannels: Int { c }
  @inline(__always) var outputChannels: Int { k }
  @inline(__always) var stride: Int { s }
}

/// Any other shape.
extension ConvolutionGeometry: KernelShape {
  static var isCompiled: Bool { false }
}

/// A kernel with its operands.
protocol ShapedKernel {
  /// Computes.
  func run(_ shape: some KernelShape)
}

/// The one table of shapes that kernels are compiled for: those of the paper's networks.
///
/// It changes no bit, so another row is only a matter of speed.
extension ConvolutionGeometry {
  /// Runs a kernel of Winograd's convolutions.
  @inline(__always) func runWinograd(_ kernel: some ShapedKernel) {
    switch (inputSide, inputChannels) {
    case (32, 16): kernel.run(CompiledShape<32, 16, 16, 1>())
    case (16, 32): kernel.run(CompiledShape<16, 32, 32, 1>())
    case (8, 64): kernel.run(CompiledShape<8, 64, 64, 1>())
    default: kernel.run(self)
    }
  }

  /// Runs a kernel of convolutions by their definition.
  @inline(__always) func runDirect(_ kernel: some ShapedKernel) {
    switch (inputSide, inputChannels, outputChannels, stride) {
    case (32, 3, 16, 1): kernel.run(CompiledShape<32, 3, 16, 1>())
    case (32, 16, 32, 2): kernel.run(CompiledShape<32, 16, 32, 2>())
    case (16, 32, 64, 2): kernel.run(CompiledShape<16, 32, 64, 2>())
    default: kernel.run(self)
    }
  }
}
