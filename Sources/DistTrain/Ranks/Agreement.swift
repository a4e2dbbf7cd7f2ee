extension Communicator {
  /// Runs a stage that may fail on some ranks only, so that all ranks fail together.
  ///
  /// **Ranks**: collective. The stage itself must not communicate.
  ///
  /// - Parameter stage: what this rank does.
  /// - Returns: what the stage returned.
  /// - Throws: the failure of the lowest rank that failed, on every rank, marked as shared.
  func together<Value>(_ stage: () throws(Failure) -> Value) throws(Failure) -> Value {
    let result: Result<Value, Failure>
    do throws(Failure) {
      result = .success(try stage())
    } catch {
      result = .failure(error)
    }
    try share(result)
    switch result {
    case .success(let value): return value
    case .failure(var failure):
      failure.isShared = true
      throw failure
    }
  }

  /// Tells every rank of the first failure there was.
  private func share<Value>(_ result: Result<Value, Failure>) throws(Failure) {
    var mine: [UInt8] = []
    if case .failure(let failure) = result {
      mine = [UInt8(failure.kind.rawValue)] + Array(failure.message.utf8)
    }
    for (rank, bytes) in try allGather(mine).enumerated() {
      guard let code = bytes.first, let kind = Failure.Kind(rawValue: Int32(code)) else { continue }
      let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
      var failure = Failure(kind, rank == 0 || size == 1 ? text : "rank \(rank): \(text)")
      failure.isShared = true
      throw failure
    }
  }

  /// Requires that some values are the same on all ranks.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameter items: names and values, such as the configuration's text.
  /// - Throws: `Failure` of kind disagreement on every rank that names the item, two ranks with
  ///   their hosts and their values.
  func requireAgreement(_ items: [(name: String, value: String)]) throws(Failure) {
    let hosts = try allGather(Array(hostName.utf8)).map { String(decoding: $0, as: UTF8.self) }
    for item in items {
      let values = try allGather(Array(item.value.utf8)).map { String(decoding: $0, as: UTF8.self) }
      guard let other = values.firstIndex(where: { $0 != values[0] }) else { continue }
      var failure = Failure(
        .disagreement,
        "ranks disagree on the \(item.name): rank 0 on \(hosts[0]) has \(values[0]), rank \(other) "
          + "on \(hosts[other]) has \(values[other]); start all ranks with the same build, flags "
          + "and data")
      failure.isShared = true
      throw failure
    }
  }

  /// Checks that every rank has a part of the batch.
  ///
  /// - Parameter configuration: the run's.
  /// - Throws: `Failure` of kind usage.
  func checkRanks(_ configuration: Configuration) throws(Failure) {
    if size > configuration.microShards {
      throw Failure(
        .usage,
        "\(size) ranks are more than --micro-shards \(configuration.microShards); "
          + "start fewer ranks, or more micro-shards")
    }
  }
}
