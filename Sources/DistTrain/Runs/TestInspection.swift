import ResNet
import Tensor

/// What a file of weights makes of every test image, computed by this process alone.
package struct TestInspection: Sendable {
  /// The data set.
  package let dataset: DatasetDescription
  /// The test images.
  package let images: ImageSet
  /// [images][classes].
  package let logits: [[Float]]
  /// What the images lost.
  package let metrics: Metrics
  /// How every layer's outputs spread over all images, in the order of the layers.
  package let responses: [LayerResponse]
  /// SHA-256 of the weights, as `train` prints it.
  package let weightsDigest: String
  /// What is wrong with the images, if anything.
  package let warning: String?

  /// Images that are computed together: few, so that deep networks find room.
  private static let blockImages = 16

  /// Evaluates weights on all test images.
  ///
  /// - Parameters:
  ///   - path: a file of weights.
  ///   - dataFolder: where the data set is; nil for where `train` looks.
  /// - Throws: `Failure` of kind missingInput, inputOutput, or data; environment if the memory does
  ///   not suffice.
  package init(weights path: String, dataFolder: String?) throws(Failure) {
    let file = try WeightsFile(contentsOf: path)
    let description = try WeightsDescription(file, given: PartialConfiguration())
    _ = try ParameterLayout(description.architecture).ownTensors(of: file.tensors, file: path)
    let partition = BatchPartition(globalBatch: Self.blockImages, shards: 1)
    try MemoryCheck.check(
      needs: [Network.estimatedBytes(description.architecture, partition: partition)],
      datasetBytes: description.dataset.byteCount(testOnly: !description.needsTrainingSet),
      datasetCopies: 1, available: HostMemory().available,
      addressSpace: HostMemory.addressSpace())
    dataset = description.dataset
    let normalizer: Normalizer
    switch description.normalization {
    case .known(let known):
      normalizer = known
      images = try Dataset.loadTest(dataset, from: dataFolder)
      warning = OfficialData.warning(
        dataset, training: nil, test: images, digest: images.digest())
    case .ofTrainingSet(let mode, let count, let given):
      let all = try Dataset.load(dataset, from: dataFolder)
      normalizer = try Normalizer(mode: mode, images: all.training, count: count, given: given)
      images = all.test
      warning = OfficialData.warning(
        dataset, training: all.training, test: all.test, digest: all.digest())
    }
    let network = Network(description.architecture, partition: partition)
    try network.load(file.tensors, file: path)
    weightsDigest = network.weightsDigest
    let preprocessor = ImagePreprocessor(normalizer: normalizer)
    var logits: [[Float]] = []
    var metrics = Metrics()
    var responses = network.emptyResponses
    for start in stride(from: 0, to: images.count, by: Self.blockImages) {
      let part = start..<min(start + Self.blockImages, images.count)
      for (place, index) in part.enumerated() {
        network.labels[place] = Int(images.labels[index])
        preprocessor.fill(Sample(index: index), of: images, into: network.images[place])
      }
      network.evaluate(count: part.count, into: &metrics)
      network.addResponses(count: part.count, to: &responses)
      logits += part.indices.map { network.logits($0 - start) }
    }
    guard metrics.loss.isFinite else {
      throw Failure(
        .data,
        "the loss of \(path) on the test images is \(metrics.loss); its weights are too large")
    }
    self.logits = logits
    self.metrics = metrics
    self.responses = responses
  }
}
