import Tensor

extension Configuration {
  /// A preset of all other values.
  public enum RecipeName: String, CaseIterable, SettingValue { case paper, tanjeffreyz }
  /// What is subtracted from bytes/255, and what it is divided by.
  public enum Normalization: String, CaseIterable, SettingValue {
    case pixelMean = "pixel-mean"
    case channelMean = "channel-mean"
    case imageMean = "image-mean"
    case channelMeanStd = "channel-mean-std"
  }
  /// What is done to each training image.
  public enum Augmentation: String, CaseIterable, SettingValue {
    case none, crop
    case cropFlip = "crop-flip"
  }
  /// In which order an epoch visits the training images.
  public enum Order: String, CaseIterable, SettingValue { case shuffled, sequential }
  /// Which parameters weight decay acts on.
  public enum WeightDecayScope: String, CaseIterable, SettingValue { case all, weights }
  /// Which kernels compute convolutions.
  public enum Convolution: String, CaseIterable, SettingValue { case vector, openblas }
}

extension Configuration.Convolution {
  /// Makes the kernels of a geometry.
  func makeEngine(geometry: ConvolutionGeometry, arena: Arena) -> any ConvolutionEngine {
    switch self {
    case .vector: makeVectorConvolution(geometry: geometry, arena: arena)
    case .openblas: OpenBLASConvolution(geometry: geometry, arena: arena)
    }
  }
}
