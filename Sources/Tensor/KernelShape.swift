/// The shape of a convolution as its kernels see it: constants where they are compiled for it.
struct KernelShape {
  let inputSide: Int
  let inputChannels: Int
  let outputChannels: Int
  let stride: Int
  /// Whether the numbers are constants of an arm of the table below.
  let isConstant: Bool

  /// A shape of the table.
  @inline(__always) init(
    side: Int, channels inputChannels: Int, to outputChannels: Int, stride: Int = 1
  ) {
    inputSide = side
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.stride = stride
    isConstant = true
  }

  /// Any other shape.
  init(_ geometry: ConvolutionGeometry) {
    inputSide = geometry.inputSide
    inputChannels = geometry.inputChannels
    outputChannels = geometry.outputChannels
    stride = geometry.stride
    isConstant = false
  }

  /// Rows and columns of the output.
  @inline(__always) var side: Int { inputSide / stride }
  /// Vectors of input channels.
  @inline(__always) var inputColumns: Int { inputChannels / vectorLanes }
  /// Vectors of output channels.
  @inline(__always) var columns: Int { outputChannels / vectorLanes }
}

/// The one table of shapes that kernels are compiled for: those of the paper's networks.
///
/// A body is inlined into each arm, where the shape is made of constants, and once for all others.
/// Blockings and constants never change a bit, so another arm is only a matter of speed.
extension ConvolutionGeometry {
  /// Calls a body with the shape of a Winograd convolution.
  @inline(__always) func specializedForWinograd(_ body: (KernelShape) -> Void) {
    switch (inputSide, inputChannels) {
    case (32, 16): body(KernelShape(side: 32, channels: 16, to: 16))
    case (16, 32): body(KernelShape(side: 16, channels: 32, to: 32))
    case (8, 64): body(KernelShape(side: 8, channels: 64, to: 64))
    default: body(KernelShape(self))
    }
  }

  /// Calls a body with the shape of a convolution by its definition.
  @inline(__always) func specializedForDirect(_ body: (KernelShape) -> Void) {
    switch (inputSide, inputChannels, outputChannels, stride) {
    case (32, 3, 16, 1): body(KernelShape(side: 32, channels: 3, to: 16))
    case (32, 16, 32, 2): body(KernelShape(side: 32, channels: 16, to: 32, stride: 2))
    case (16, 32, 64, 2): body(KernelShape(side: 16, channels: 32, to: 64, stride: 2))
    default: body(KernelShape(self))
    }
  }
}
