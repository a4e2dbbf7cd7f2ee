/// The shape of a convolution as its kernels see it: constants where they are compiled for it.
struct KernelShape {
  let inputSide: Int
  let inputChannels: Int
  let outputChannels: Int
  let stride: Int

  /// A shape of the table.
  @inline(__always) init(
    side: Int, channels inputChannels: Int, to outputChannels: Int, stride: Int = 1
  ) {
    inputSide = side
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.stride = stride
  }

  /// Any other shape.
  init(_ geometry: ConvolutionGeometry) {
    inputSide = geometry.inputSide
    inputChannels = geometry.inputChannels
    outputChannels = geometry.outputChannels
    stride = geometry.stride
  }

  /// Rows and columns of the output.
  @inline(__always) var side: Int { inputSide / stride }
  /// Vectors of input channels.
  @inline(__always) var inputColumns: Int { inputChannels / vectorLanes }
  /// Vectors of output channels.
  @inline(__always) var columns: Int { outputChannels / vectorLanes }
}

/// Computes a product of some rows and columns, block by block.
typealias Blocks = (_ product: MatrixProduct, _ rows: Int, _ columns: Int) -> Void

/// The one table of shapes that kernels are compiled for, with the blocks of their products: those of
/// the paper's networks.
///
/// A body is inlined into each arm, where shape and blocks are constants, and once for all others.
/// Neither changes a bit, so another arm is only a matter of speed.
extension ConvolutionGeometry {
  /// Calls a body with the shape of a Winograd convolution and the blocks of its products.
  @inline(__always) func specializedForWinograd(_ body: (KernelShape, Blocks) -> Void) {
    switch (inputSide, inputChannels) {
    case (32, 16):
      body(KernelShape(side: 32, channels: 16, to: 16)) { product, rows, _ in
        product.compute(rows: rows, MicroKernel<16, 1>.self)
      }
    case (16, 32):
      body(KernelShape(side: 16, channels: 32, to: 32)) { product, rows, _ in
        product.compute(rows: rows, MicroKernel<8, 2>.self)
      }
    case (8, 64):
      body(KernelShape(side: 8, channels: 64, to: 64)) { product, rows, _ in
        product.compute(rows: rows, MicroKernel<4, 4>.self)
      }
    default: body(KernelShape(self)) { $0.compute(rows: $1, columns: $2) }
    }
  }

  /// Calls a body with the shape of a convolution by its definition, the blocks of products as wide as
  /// the output, and those of products as wide as the input.
  @inline(__always) func specializedForDirect(_ body: (KernelShape, Blocks, Blocks) -> Void) {
    switch (inputSide, inputChannels, outputChannels, stride) {
    case (32, 3, 16, 1):
      body(KernelShape(side: 32, channels: 3, to: 16)) { product, rows, _ in
        // The weight gradients of a kernel row: three taps of three channels.
        if rows == 9 {
          product.compute(rows: rows, MicroKernel<9, 1>.self)
        } else {
          product.compute(rows: rows, MicroKernel<16, 1>.self)
        }
      } _: { _, _, _ in
        preconditionFailure("an image has no gradient")
      }
    case (32, 16, 32, 2):
      body(KernelShape(side: 32, channels: 16, to: 32, stride: 2)) { product, rows, _ in
        product.compute(rows: rows, MicroKernel<8, 2>.self)
      } _: { product, rows, _ in
        product.compute(rows: rows, MicroKernel<16, 1>.self)
      }
    case (16, 32, 64, 2):
      body(KernelShape(side: 16, channels: 32, to: 64, stride: 2)) { product, rows, _ in
        product.compute(rows: rows, MicroKernel<4, 4>.self)
      } _: { product, rows, _ in
        product.compute(rows: rows, MicroKernel<8, 2>.self)
      }
    default:
      body(KernelShape(self)) {
        $0.compute(rows: $1, columns: $2)
      } _: {
        $0.compute(rows: $1, columns: $2)
      }
    }
  }
}
