extension Communicator {
  /// Runs a stage that may fail on some ranks only, so that all ranks fail together.
  ///
  /// **Ranks**: collective. The stage itself must not communicate.
  ///
  /// - Parameters:
  ///   - collective: what the other ranks wait for; saving is given more time.
  ///   - stage: what this rank does.
  /// - Returns: what the stage returned.
  /// - Throws: the failure of the lowest rank that failed, on every rank, marked as shared.
  package func together<Value>(
    _ collective: Collective = .agreement, _ stage: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let result: Result<Value, Failure>
    do throws(Failure) {
      result = .success(try collective == .saving && rank == 0 ? save(stage) : stage())
    } catch {
      result = .failure(error)
    }
    try share(result, collective)
    switch result {
    case .success(let value): return value
    case .failure(let failure): throw failure.shared
    }
  }

  /// Runs what rank 0 writes; a disk that never answers is a hang.
  private func save<Value>(_ stage: () throws(Failure) -> Value) throws(Failure) -> Value {
    let speaker = speaker
    return try Patience.limited(
      to: savingPatience,
      expired: { speaker.end(Collective.saving.name, after: $0, missing: "0") }, stage)
  }

  /// Tells every rank of the first failure there was.
  private func share<Value>(
    _ result: Result<Value, Failure>, _ collective: Collective
  ) throws(Failure) {
    var mine: [UInt8] = []
    if case .failure(let failure) = result {
      mine = [UInt8(failure.kind.rawValue)] + Array(failure.message.utf8)
    }
    for (rank, bytes) in try allGather(mine, as: collective).enumerated() {
      guard let code = bytes.first, let kind = Failure.Kind(rawValue: Int32(code)) else { continue }
      let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
      throw Failure(kind, rank == 0 || size == 1 ? text : "rank \(rank): \(text)").shared
    }
  }

  /// Requires that some values are the same on all ranks.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameter items: names and values, such as `--seed` and its number.
  /// - Throws: `Failure` of kind disagreement on every rank that names the item, two ranks with
  ///   their hosts and their values.
  func requireAgreement(_ items: [(name: String, value: String)]) throws(Failure) {
    let all = try allGather([hostName] + items.map(\.value))
    for (index, item) in items.enumerated() {
      let values = all.map { index + 1 < $0.count ? $0[index + 1] : "another number of them" }
      guard let other = values.firstIndex(where: { $0 != values[0] }) else { continue }
      throw Failure(
        .disagreement,
        "ranks disagree on \(item.name): rank 0 on \(all[0][0]) has \(values[0]), rank \(other) "
          + "on \(all[other][0]) has \(values[other]); start all ranks with the same build, flags "
          + "and data"
      ).shared
    }
  }
}
