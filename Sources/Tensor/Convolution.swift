/// The shape of a 3×3 convolution with a zero border of one pixel.
public struct ConvolutionGeometry: Hashable, Sendable {
  /// Rows and columns of the input.
  public let inputSide: Int
  /// Channels of the input: 3, or a multiple of 16.
  public let inputChannels: Int
  /// Channels of the output, a multiple of 16.
  public let outputChannels: Int
  /// Pixels between the centres of neighbouring windows: 1 or 2.
  public let stride: Int

  /// Makes a geometry.
  ///
  /// - Parameters:
  ///   - inputSide: rows and columns of the input, a multiple of `stride`.
  ///   - inputChannels: channels of the input; a multiple of 16 unless it is an image's 3.
  ///   - outputChannels: channels of the output, a multiple of 16.
  ///   - stride: 1 or 2.
  public init(inputSide: Int, inputChannels: Int, outputChannels: Int, stride: Int = 1) {
    precondition(stride == 1 || stride == 2, "stride \(stride) is neither 1 nor 2")
    precondition(inputSide > 0 && inputSide % stride == 0, "side \(inputSide), stride \(stride)")
    precondition(
      inputChannels == 3 || inputChannels % vectorLanes == 0, "\(inputChannels) input channels")
    precondition(outputChannels % vectorLanes == 0, "\(outputChannels) output channels")
    self.inputSide = inputSide
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.stride = stride
  }

  /// Rows and columns of the output.
  public var outputSide: Int { inputSide / stride }
  /// The shape of an image's input.
  public var inputShape: ImageShape { ImageShape(side: inputSide, channels: inputChannels) }
  /// The shape of an image's output.
  public var outputShape: ImageShape { ImageShape(side: outputSide, channels: outputChannels) }
  /// Elements of an image's output, [outputSide][outputSide][outputChannels].
  public var outputCount: Int { outputShape.count }
  /// Elements of an image's input, [inputSide][inputSide][inputChannels].
  public var inputCount: Int { inputShape.count }
  /// Elements of the weights, [3][3][inputChannels][outputChannels].
  public var weightCount: Int { 9 * inputChannels * outputChannels }
  /// Elements of an image's input with its border.
  public var paddedInputCount: Int { inputShape.padded.count }
  /// Elements of an image's output with a border.
  public var paddedOutputCount: Int { outputShape.padded.count }
}

/// Computes one convolution's forward and backward passes over some images.
///
/// The engine asks for each image when it needs it: `fill` writes the image into a scratch of
/// [side][side][channels] or, as some engines want it, into the interior of one of
/// [side+2][side+2][channels] whose border is zero and stays so. It says where the image is then,
/// which may be anywhere else if it is there in the scratch's form. What comes before a convolution
/// (batch norm, ReLU, shortcut) is computed in `fill`, and what comes after it in `finish`, while the
/// image is in the cache. An image's values do not depend on which images are computed with it.
///
/// Engines are shared by the layers of one geometry: `prepare…` with a layer's weights comes before
/// the calls that use them.
public protocol ConvolutionEngine: AnyObject {
  /// The shape that the engine computes.
  var geometry: ConvolutionGeometry { get }

  /// Readies a layer's weights for ``forward(images:output:upcoming:fill:finish:)``.
  ///
  /// - Parameter weights: [3][3][inputChannels][outputChannels].
  func prepareForward(weights: FloatView)

  /// Computes outputs.
  ///
  /// - Parameters:
  ///   - images: positions in `output`.
  ///   - output: the layer's images.
  ///   - upcoming: what `fill` and `finish` read and write.
  ///   - fill: writes an image's input into the scratch, or says where else it is.
  ///   - finish: called with each image once its output is there.
  func forward(
    images: Range<Int>, output: ImageBuffer, upcoming: UpcomingImages,
    fill: (_ image: Int, _ scratch: FloatView) -> FloatView, finish: (_ image: Int) -> Void)

  /// Readies a layer's weights for `backward`.
  ///
  /// - Parameter weights: [3][3][inputChannels][outputChannels].
  func prepareBackward(weights: FloatView)

  /// Computes the gradients of the weights and, unless the input is an image, of the input.
  ///
  /// - Parameters:
  ///   - images: the images to sum over.
  ///   - weightGradient: [3][3][inputChannels][outputChannels]; overwritten with the sum over
  ///     `images`.
  ///   - upcomingGradients: what `fillGradient` reads.
  ///   - upcomingInputs: what `fillInput` and `finish` read and write.
  ///   - fillGradient: writes an image's output gradient into the scratch.
  ///   - fillInput: writes an image's input, as `fill` of the forward pass did.
  ///   - finish: called with each image's input gradient, [inputSide][inputSide][inputChannels], a
  ///     scratch that is the callee's to change; not called for images of 3 channels.
  func backward(
    images: Range<Int>, weightGradient: FloatView, upcomingGradients: UpcomingImages,
    upcomingInputs: UpcomingImages, fillGradient: (_ image: Int, _ scratch: FloatView) -> Void,
    fillInput: (_ image: Int, _ scratch: FloatView) -> FloatView,
    finish: (_ image: Int, _ inputGradient: FloatView) -> Void)
}

/// The fastest vector kernels for a geometry: Winograd's where they apply, else direct.
///
/// - Parameters:
///   - geometry: the shape.
///   - arena: where the scratch comes from.
/// - Returns: an engine.
public func makeVectorConvolution(
  geometry: ConvolutionGeometry, arena: Arena
) -> any ConvolutionEngine {
  WinogradConvolution.supports(geometry)
    ? WinogradConvolution(geometry: geometry, arena: arena)
    : DirectConvolution(geometry: geometry, arena: arena)
}
