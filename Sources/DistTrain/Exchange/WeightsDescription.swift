import ResNet

/// What network a file of weights is of and how its images are normalised.
///
/// Flags win over the file's metadata, which wins over what the tensors show.
package struct WeightsDescription {
  /// Where the normalisation comes from.
  package enum Normalization: Equatable {
    /// The file or the flags have it.
    case known(Normalizer)
    /// It has to be computed over the first `count` training images.
    case ofTrainingSet(Configuration.Normalization, count: Int, given: GivenChannelConstants)
  }

  package let architecture: Architecture
  let dataset: DatasetDescription
  package let normalization: Normalization

  /// Whether the training images have to be loaded.
  var needsTrainingSet: Bool {
    if case .ofTrainingSet = normalization { true } else { false }
  }

  /// Puts flags and file together.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - given: the flags.
  /// - Throws: `Failure` of kind data if the flags ask for another network than the file's, or usage
  ///   if the normalisation is known from nowhere.
  package init(_ file: WeightsFile, given: PartialConfiguration) throws(Failure) {
    let network = file.network
    let kind = given.network ?? file.metadata.network ?? .residual
    guard kind == .residual || network.shortcut == .A else {
      throw Failure(
        .data, "\(file.path) has projections, which a plain network has not; drop --network plain")
    }
    dataset =
      given.dataset ?? file.metadata.dataset
      ?? DatasetDescription.allCases.first { $0.classes == network.classes } ?? .cifar10
    guard dataset.classes == network.classes else {
      throw Failure(
        .data,
        "\(file.path) has \(network.classes) classes, but \(dataset.rawValue) has "
          + "\(dataset.classes); choose another --dataset")
    }
    architecture = Architecture(
      kind: kind, depth: network.depth, shortcut: network.shortcut, stem: network.stem,
      classes: network.classes, imageSide: dataset.side)
    normalization = try Self.normalization(file, given, dataset)
  }

  private static func normalization(
    _ file: WeightsFile, _ settings: PartialConfiguration, _ dataset: DatasetDescription
  ) throws(Failure) -> Normalization {
    let flags = try settings.channelConstants()
    let fileMode = file.metadata.normalize ?? file.constants?.mode
    guard
      let mode = settings.normalization ?? (flags == .none ? nil : .channelMeanStd) ?? fileMode
    else {
      throw Failure(
        .usage, "\(file.path) does not say how images are normalised; give --normalize")
    }
    if mode == .imageMean { return .known(.imageMean) }
    if let constants = file.constants, constants.mode == mode, flags == .none {
      if case .pixelMean(let means) = constants, means.side != dataset.side {
        throw Failure(
          .data,
          "\(file.path) has means of images of side \(means.side), but \(dataset.name) has side "
            + "\(dataset.side); choose another --dataset")
      }
      return .known(constants)
    }
    var given = flags
    if mode == .channelMeanStd && fileMode == mode {
      if case .channels(let constants) = file.constants {
        given = given.completed(by: GivenChannelConstants(constants))
      }
      given = given.completed(by: file.metadata.given)
    }
    if let mean = given.mean, let std = given.std,
      let constants = ChannelConstants(mean: mean, std: std)
    {
      return .known(.channels(constants))
    }
    let count = file.metadata.trainImages ?? dataset.trainingImages
    if let objection = dataset.objection(toTrainingOn: count) {
      throw Failure(
        .data,
        "\(file.path) has the metadata train_images \(count), which for \(dataset.name) is "
          + "\(objection); choose another --dataset")
    }
    return .ofTrainingSet(mode, count: count, given: given)
  }
}
