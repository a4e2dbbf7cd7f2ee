import ResNet

/// Estimates memory before it is taken, where the kernel would end the process in the middle of it.
package enum MemoryCheck {
  /// Checks that this host has the memory of a training, its data set included.
  ///
  /// To be called before the data set is loaded, and by all ranks of a host at the same stage.
  ///
  /// - Parameters:
  ///   - configuration: the run's.
  ///   - datasetCopies: how often this host holds the data set.
  ///   - communicator: the ranks.
  /// - Throws: `Failure` of kind environment with the figures, or of kind usage for more ranks than
  ///   shards.
  package static func require(
    _ configuration: Configuration, datasetCopies: Int, communicator: Communicator
  ) throws(Failure) {
    let host = communicator.topology.hosts.first { $0.contains(communicator.rank) } ?? []
    try check(
      needs: try needs(configuration, ranks: host, of: communicator.size),
      datasetBytes: configuration.dataset.byteCount(testOnly: false),
      datasetCopies: datasetCopies, available: HostMemory().available,
      addressSpace: HostMemory.addressSpace())
  }

  /// Estimates the memory of a training's ranks, without the data set.
  ///
  /// - Parameters:
  ///   - configuration: the run's.
  ///   - ranks: which ranks.
  ///   - size: how many ranks there are.
  /// - Returns: bytes of each.
  /// - Throws: `Failure` of kind usage for more ranks than shards.
  static func needs(
    _ configuration: Configuration, ranks: [Int], of size: Int
  ) throws(Failure) -> [Int] {
    // The optimiser's buffers, and the slots of the all-reduce.
    let ownBytes =
      (optimizerBufferNames.count + 2) * MemoryLayout<Float>.stride
      * ParameterLayout(configuration.architecture).parameterCount
    return try needs(
      configuration.architecture, convolution: configuration.convolution, ranks: ranks
    ) { (rank) throws(Failure) in
      try configuration.partition(ofRank: rank, of: size)
    }.map { $0 + ownBytes }
  }

  /// Checks that this host has the memory of networks and data sets.
  ///
  /// - Parameters:
  ///   - architecture: each rank's network.
  ///   - convolution: its kernels.
  ///   - datasetBytes: bytes of the images that each rank uses.
  ///   - datasetCopies: how often this host holds them.
  ///   - communicator: the ranks.
  ///   - partition: a rank's part of the batch.
  /// - Throws: `Failure` of kind environment with the figures.
  static func require(
    _ architecture: Architecture, convolution: Configuration.Convolution, datasetBytes: Int,
    datasetCopies: Int, communicator: Communicator,
    partition: (_ rank: Int) throws(Failure) -> BatchPartition
  ) throws(Failure) {
    let host = communicator.topology.hosts.first { $0.contains(communicator.rank) } ?? []
    try check(
      needs: try needs(
        architecture, convolution: convolution, ranks: host, partition: partition),
      datasetBytes: datasetBytes, datasetCopies: datasetCopies,
      available: HostMemory().available, addressSpace: HostMemory.addressSpace())
  }

  /// Estimates the memory of ranks' networks.
  private static func needs(
    _ architecture: Architecture, convolution: Configuration.Convolution, ranks: [Int],
    partition: (_ rank: Int) throws(Failure) -> BatchPartition
  ) throws(Failure) -> [Int] {
    // Ranks with as many samples take as much.
    var networks: [Int: Int] = [:]
    return try ranks.map { (rank) throws(Failure) in
      let part = try partition(rank)
      let network =
        networks[part.localSamples]
        ?? Network.estimatedBytes(architecture, partition: part) {
          convolution.makeEngine(geometry: $0, arena: $1)
        }
      networks[part.localSamples] = network
      return network
    }
  }

  /// Compares what is needed with what there is.
  ///
  /// - Parameters:
  ///   - needs: bytes of each rank of this host, without the data set.
  ///   - datasetBytes: bytes of the data set.
  ///   - datasetCopies: how often this host holds it.
  ///   - available: what they have together, if known.
  ///   - addressSpace: what each of them has, if limited.
  /// - Throws: `Failure` of kind environment with the figures.
  package static func check(
    needs: [Int], datasetBytes: Int, datasetCopies: Int, available: HostMemory.Limit?,
    addressSpace: HostMemory.Limit?
  ) throws(Failure) {
    let all = needs.reduce(datasetCopies * datasetBytes, +)
    let largest = (needs.max() ?? 0) + datasetBytes
    if let available, all > available.bytes {
      let ranks = needs.count == 1 ? "1 rank needs" : "\(needs.count) ranks need"
      throw failure("on this host \(ranks)", all, available)
    }
    if let addressSpace, largest > addressSpace.bytes {
      throw failure("a rank needs", largest, addressSpace)
    }
  }

  private static func failure(_ who: String, _ need: Int, _ limit: HostMemory.Limit) -> Failure {
    Failure(
      .environment,
      "\(who) about \(text(need)) of memory, but \(text(max(0, limit.bytes))) are left by "
        + "\(limit.source); use a smaller --global-batch or network, or more hosts with fewer ranks "
        + "each")
  }

  /// Bytes in whole megabytes.
  private static func text(_ bytes: Int) -> String { "\((bytes + 999_999) / 1_000_000) MB" }
}
