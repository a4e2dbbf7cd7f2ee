import ResNet

/// Where the images of a known data set come from, one after the other.
protocol ImageSource {
  /// The number of images.
  var count: Int { get }
  /// Label bytes of an image; the last is the class.
  var labelBytes: Int { get }
  /// Parts of the images that different ranks make begin at multiples of so many.
  static var blockImages: Int { get }
  /// Names what the images are made of, the same for two ranks of a host that would make the same.
  var identity: String { get }

  /// Makes some images.
  ///
  /// - Parameters:
  ///   - range: which.
  ///   - body: called with images one after the other or some at once: the place of the first, the
  ///     pixels of all, and the label bytes of all.
  /// - Throws: `Failure` if files cannot be read, or what the body throws.
  func forEachBlock(
    of range: Range<Int>,
    _ body: (_ first: Int, _ pixels: ArraySlice<UInt8>, _ labels: ArraySlice<UInt8>) throws(Failure)
      -> Void
  ) throws(Failure)

  /// Checks the label bytes of all images.
  ///
  /// - Parameter labels: [count][labelBytes].
  /// - Throws: `Failure` of kind data that names the first that is no class.
  func check(labels: Bytes) throws(Failure)
}

/// Loads a known data set, on a rank for itself or on all ranks together.
///
/// Ranks of a host that would read the same files are a team: each makes a part of the images, in
/// memory that they have in common, and one computes the digest.
package struct DatasetLoader {
  private let description: DatasetDescription
  private let isTestOnly: Bool
  private let source: any ImageSource
  private let communicator: Communicator?
  private let memory: SharedMemory
  /// The ranks that have the memory in common, and this one.
  private let team: [Int]
  private let rank: Int
  /// How often the ranks of this host take memory for all images together.
  package let copiesOnHost: Int

  /// What a rank tells the others of its host.
  private struct Offer: Codable {
    let identity: String
    let memory: SharedMemory.Offer?
  }

  /// Prepares to load a data set in this process alone.
  ///
  /// - Parameters:
  ///   - description: which data set.
  ///   - folder: where its files are, as for ``Dataset/load(_:from:)``.
  ///   - isTestOnly: whether the test images are loaded alone.
  /// - Throws: `Failure` of kind usage for a set that is not a known one.
  init(_ description: DatasetDescription, from folder: String?, isTestOnly: Bool) throws(Failure) {
    self.description = description
    self.isTestOnly = isTestOnly
    source = try description.makeSource(folder: folder, isTestOnly: isTestOnly)
    communicator = nil
    memory = SharedMemory(
      byteCount: description.byteCount(testOnly: isTestOnly), isShared: false)
    team = [0]
    rank = 0
    copiesOnHost = 1
  }

  /// Finds the ranks that will have a data set's images in common, and takes no memory for them yet.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - description: which data set.
  ///   - folder: where its files are, as for ``Dataset/load(_:from:)``.
  ///   - isTestOnly: whether the test images are loaded alone.
  ///   - communicator: the ranks.
  /// - Throws: `Failure` of kind usage for a set that is not a known one, or if communication fails.
  package init(
    _ description: DatasetDescription, from folder: String?, isTestOnly: Bool = false,
    communicator: Communicator
  ) throws(Failure) {
    self.description = description
    self.isTestOnly = isTestOnly
    self.communicator = communicator
    rank = communicator.rank
    source = try communicator.together { () throws(Failure) in
      try description.makeSource(folder: folder, isTestOnly: isTestOnly)
    }
    let host = communicator.topology.hosts.first { $0.contains(communicator.rank) } ?? [rank]
    let byteCount = description.byteCount(testOnly: isTestOnly)
    let own = SharedMemory(byteCount: byteCount, isShared: host.count > 1)
    let offers = try communicator.allGather(Offer(identity: source.identity, memory: own.offer))
    // The first rank of the host with the same images offers its memory to the others.
    let first = host.first { offers[$0].identity == offers[communicator.rank].identity } ?? rank
    let offered =
      first == rank ? nil : offers[first].memory.flatMap { SharedMemory($0, byteCount: byteCount) }
    memory = offered ?? own
    let owners = try communicator.allGather(offered == nil ? rank : first)
    team = host.filter { owners[$0] == owners[communicator.rank] }
    copiesOnHost = Set(host.map { owners[$0] }).count
  }

  /// Loads all images.
  ///
  /// **Ranks**: collective, if all ranks load together.
  ///
  /// - Returns: the data set.
  /// - Throws: `Failure` of kind missingInput, inputOutput, data, or environment; shared by all ranks
  ///   that load together.
  package func load() throws(Failure) -> Dataset {
    precondition(!isTestOnly, "the test images are loaded alone")
    try makeImages()
    return Dataset(
      checked: description, training: images(0..<description.trainingImages),
      test: images(description.trainingImages..<source.count))
  }

  /// Loads the test images alone.
  ///
  /// **Ranks**: collective, if all ranks load together.
  ///
  /// - Returns: the test images.
  /// - Throws: as ``load()``.
  package func loadTest() throws(Failure) -> ImageSet {
    precondition(isTestOnly, "all images are loaded")
    try makeImages()
    return images(0..<source.count)
  }

  /// The digest of images that were loaded, which one rank computes for all that have them in common.
  ///
  /// **Ranks**: collective, if all ranks load together.
  ///
  /// - Parameter compute: computes it.
  /// - Returns: the digest.
  /// - Throws: `Failure` if communication fails.
  package func digest(_ compute: () -> String) throws(Failure) -> String {
    guard let communicator else { return compute() }
    return try communicator.allGather(isFirst ? compute() : "")[team[0]]
  }

  /// Whether this rank does what one of the team does for all.
  private var isFirst: Bool { team[0] == rank }
  private var imageBytes: Int { ImageSet.imageBytes(side: description.side) }
  /// Where label bytes begin: after the pixels of all images.
  private var labelStart: Int { source.count * imageBytes }

  private var labelBytes: Bytes {
    Bytes(memory, labelStart..<labelStart + source.count * source.labelBytes)
  }

  private func together<Value>(_ stage: () throws(Failure) -> Value) throws(Failure) -> Value {
    guard let communicator else { return try stage() }
    return try communicator.together(.agreement, stage)
  }

  /// Makes the images with the rest of the team.
  private func makeImages() throws(Failure) {
    try together { () throws(Failure) in try makePart() }
    try together { () throws(Failure) in
      if isFirst { memory.seal() }
      try memory.map()
      try source.check(labels: labelBytes)
    }
  }

  /// Makes this rank's part of the images.
  private func makePart() throws(Failure) {
    let unit = type(of: source).blockImages
    let blocks = BatchPartition.part(
      ofRank: team.firstIndex(of: rank) ?? 0, of: team.count,
      count: (source.count + unit - 1) / unit)
    let part = blocks.lowerBound * unit..<min(blocks.upperBound * unit, source.count)
    try source.forEachBlock(of: part) { (first, pixels, labels) throws(Failure) in
      try memory.write(pixels, at: first * imageBytes)
      try memory.write(labels, at: labelStart + first * source.labelBytes)
    }
  }

  private func images(_ range: Range<Int>) -> ImageSet {
    let (bytes, size) = (labelBytes, source.labelBytes)
    return ImageSet(
      pixels: Bytes(memory, range.lowerBound * imageBytes..<range.upperBound * imageBytes),
      labels: range.map { bytes[$0 * size + size - 1] },
      coarseLabels: size > 1 ? range.map { bytes[$0 * size] } : [], side: description.side)
  }
}

extension DatasetDescription {
  /// Finds what the images are made of.
  fileprivate func makeSource(
    folder: String?, isTestOnly: Bool
  ) throws(Failure) -> any ImageSource {
    switch source {
    case .drawn: return SyntheticDataset(isTestOnly: isTestOnly)
    case .binaryBatches(let batches):
      return DatasetReader(self, batches, folder: folder, isTestOnly: isTestOnly)
    case .given:
      throw Failure(
        .usage, "the data set \(name) has no files to load; make a Dataset of its images")
    }
  }
}
