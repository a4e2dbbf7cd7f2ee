/// Two folders in which the same training was written down, to be compared row by row.
struct RunComparison {
  /// A folder and what messages call its run.
  struct Side {
    let folder: RunFolder
    let name: String
  }

  let left: Side
  let right: Side
  /// The last iteration that is compared.
  let iterations: Int

  /// How many rows of each log were found equal.
  struct EqualRows: Equatable {
    var train = 0
    var evaluation = 0
    var hashes = 0

    /// The numbers in words.
    var summary: String {
      "\(train) rows of train.csv, \(evaluation) of evaluation.csv, \(hashes) of hashes.csv"
    }
  }

  /// Compares the logs up to ``iterations``.
  ///
  /// - Returns: how many rows are equal: all that there are.
  /// - Throws: `Failure` of kind internal that names the first difference, or what reading throws.
  func requireEqualLogs() throws(Failure) -> EqualRows {
    EqualRows(
      train: try requireEqual(TrainRow.self, \.trainLogPath),
      evaluation: try requireEqual(EvaluationRow.self, \.evaluationLogPath),
      hashes: try requireEqual(HashRow.self, \.hashLogPath))
  }

  private func requireEqual<Row: LogRow>(
    _ type: Row.Type, _ path: KeyPath<RunFolder, String>
  ) throws(Failure) -> Int {
    // Texts, since another last digit can be the same number.
    func rows(_ side: Side) throws(Failure) -> [[String]] {
      let path = side.folder[keyPath: path]
      let rows = try [Row](contentsOf: path)
      return zip(rows, try [Row].texts(of: path, remedy: "restore it"))
        .filter { $0.0.iteration <= iterations }.map(\.1)
    }
    let (own, others) = (try rows(left), try rows(right))
    let file = left.folder[keyPath: path].split(separator: "/").last.map(String.init) ?? ""
    for (row, other) in zip(own, others) where row != other {
      let differing = Row.columns.indices.first { row[$0] != other[$0] } ?? 0
      throw difference(
        "\(file), iteration \(row[0]): \(Row.columns[differing]) is \(row[differing]) "
          + "\(left.name) and \(other[differing]) \(right.name)")
    }
    if own.count != others.count {
      throw difference(
        "\(file) has \(own.count) rows up to iteration \(iterations) \(left.name) and "
          + "\(others.count) \(right.name)")
    }
    return own.count
  }

  /// Compares whole files.
  ///
  /// - Parameter paths: the files.
  /// - Throws: `Failure` of kind internal that names the first that differs, or what reading throws.
  func requireEqualFiles(_ paths: [KeyPath<RunFolder, String>]) throws(Failure) {
    for path in paths {
      let (own, other) = (left.folder[keyPath: path], right.folder[keyPath: path])
      let digests = (
        SHA256.hexDigest(try Files.read(own, remedy: "the run did not write it")),
        SHA256.hexDigest(try Files.read(other, remedy: "the run did not write it"))
      )
      if digests.0 != digests.1 {
        let file = own.split(separator: "/").last.map(String.init) ?? ""
        throw difference(
          "\(file) has the SHA-256 \(digests.0) \(left.name) and \(digests.1) \(right.name)")
      }
    }
  }

  private func difference(_ text: String) -> Failure { Failure(.internal, "not the same: \(text)") }
}
