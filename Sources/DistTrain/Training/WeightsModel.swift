import Foundation
import ResNet

/// What it takes to use a file of weights on images: its network and its normalisation.
public struct WeightsModel {
  /// Images that are computed together.
  private static let blockImages = 16

  /// The file's name, for messages.
  let path: String
  /// The data set that it was trained on.
  public let dataset: DatasetDescription
  let network: Network
  let normalizer: Normalizer

  /// Reads a file of weights, and computes its normalisation if nothing but its data set has it.
  ///
  /// - Parameter request: the file, and what is given in place of what it says.
  /// - Throws: `Failure` of kind missingInput, inputOutput or data for the file or the data set, or
  ///   usage if the normalisation is known from nowhere.
  public init(_ request: EvaluationRequest) throws(Failure) {
    let file = try WeightsFile(contentsOf: request.weights)
    let description = try WeightsDescription(file, given: request.settings)
    path = request.weights
    dataset = description.dataset
    _ = try ParameterLayout(description.architecture).ownTensors(of: file.tensors, file: path)
    switch description.normalization {
    case .known(let known): normalizer = known
    case .ofTrainingSet(let mode, let count, let given):
      let images = try Dataset.load(dataset, from: request.dataFolder)
      normalizer = try Normalizer(mode: mode, images: images.training, count: count, given: given)
    }
    let convolution = request.convolution
    network = Network(
      description.architecture,
      partition: BatchPartition(globalBatch: Self.blockImages, shards: 1)
    ) { convolution.makeEngine(geometry: $0, arena: $1) }
    try network.load(file.tensors, file: path)
  }

  /// Computes logits with the running statistics.
  ///
  /// - Parameter images: any images of the network's side.
  /// - Returns: [images][classes].
  /// - Throws: `Failure` of kind data for images of another side, or logits that are not finite.
  public func logits(of images: ImageSet) throws(Failure) -> [[Float]] {
    let predictor = Predictor(network, preprocessor: ImagePreprocessor(normalizer: normalizer))
    let logits = try predictor.logits(of: images)
    if logits.contains(where: { !$0.allSatisfy(\.isFinite) }) {
      throw Failure(
        .data,
        "\(path) gives logits that are not finite; its weights are too large, or of another "
          + "normalisation")
    }
    return logits
  }
}
