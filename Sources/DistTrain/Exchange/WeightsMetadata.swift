import ResNet

/// What the metadata of a file of weights says, as far as it says something.
///
/// A key that is known says a known word, and nothing that the tensors contradict; other keys are
/// other programs'.
package struct WeightsMetadata: Equatable {
  package let network: Architecture.Kind?
  let dataset: DatasetDescription?
  let normalize: Configuration.Normalization?
  /// The channel constants of channel-mean-std that were given to the training.
  let given: GivenChannelConstants
  /// How many training images the normalisation is over; nil for all of the data set's.
  package let trainImages: Int?

  /// Reads metadata.
  ///
  /// - Parameters:
  ///   - strings: the file's metadata.
  ///   - shown: what its tensors show of the network.
  ///   - constants: the normalisation that its tensors show, if they do.
  ///   - file: its name, for messages.
  /// - Throws: `Failure` of kind data that names key and value.
  init(
    _ strings: [String: String], shown: ShownNetwork, constants: Normalizer?, file: String
  ) throws(Failure) {
    for (key, value) in [
      ("depth", "\(shown.depth)"), ("shortcut", shown.shortcut.rawValue),
      ("stem", shown.stem.rawValue), ("classes", "\(shown.classes)"),
    ] {
      if let stated = strings[key], stated != value {
        throw Self.contradiction(file, key, stated, "its tensors are those of \(key) \(value)")
      }
    }
    network = try Self.word(strings, "network", file)
    if network == .plain && shown.shortcut != .A {
      throw Self.contradiction(
        file, "network", "plain", "its tensors are those of shortcut \(shown.shortcut.rawValue)")
    }
    dataset = try Self.word(strings, "dataset", file)
    normalize = try Self.word(strings, "normalize", file)
    if let normalize, let constants, normalize != constants.mode {
      throw Self.contradiction(
        file, "normalize", normalize.rawValue,
        "its tensors normalize.* are those of \(constants.mode.rawValue)")
    }
    given = try GivenChannelConstants(metadata: strings, file: file)
    try Self.check(given, strings, normalize ?? constants?.mode, constants, file)
    trainImages = try Self.trainImages(strings, dataset, file)
  }

  private static func trainImages(
    _ strings: [String: String], _ dataset: DatasetDescription?, _ file: String
  ) throws(Failure) -> Int? {
    guard let text = strings["train_images"] else { return nil }
    let datasets = dataset.map { [$0] } ?? DatasetDescription.allCases
    if let number = Int(text), "\(number)" == text,
      datasets.contains(where: { $0.objection(toTrainingOn: number) == nil })
    {
      return number
    }
    throw Failure(
      .data, "\(file) has the metadata train_images \"\(text)\", which is no known number")
  }

  /// Checks that given channel constants are the ones that the tensors hold.
  private static func check(
    _ given: GivenChannelConstants, _ strings: [String: String],
    _ mode: Configuration.Normalization?, _ constants: Normalizer?, _ file: String
  ) throws(Failure) {
    if given == .none { return }
    let (key, value) = given.mean == nil ? ("std", strings["std"]) : ("mean", strings["mean"])
    if let mode, mode != .channelMeanStd {
      throw contradiction(file, key, value ?? "", "it is normalised by \(mode.rawValue)")
    }
    guard case .channels(let stored) = constants else { return }
    if given.mean.map({ $0 != stored.mean }) ?? false {
      throw contradiction(file, "mean", strings["mean"] ?? "", "its normalize.mean is another")
    }
    if given.std.map({ $0 != stored.std }) ?? false {
      throw contradiction(file, "std", strings["std"] ?? "", "its normalize.std is another")
    }
  }

  private static func contradiction(
    _ file: String, _ key: String, _ value: String, _ truth: String
  ) -> Failure {
    Failure(.data, "\(file) has the metadata \(key) \"\(value)\", but \(truth)")
  }

  private static func word<Word: RawRepresentable<String> & CaseIterable>(
    _ strings: [String: String], _ key: String, _ file: String
  ) throws(Failure) -> Word? {
    guard let text = strings[key] else { return nil }
    if let word = Word(rawValue: text) { return word }
    let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
    throw Failure(.data, "\(file) has the metadata \(key) \"\(text)\", which is none of \(words)")
  }
}
