/// What all ranks do together; its name is what the watchdog reports.
package enum Collective: Int, CaseIterable {
  case agreement, broadcast, barrier, batchNorm, loss, gradientReduceScatter, gradientAllGather,
    evaluation, saving

  var name: String {
    switch self {
    case .agreement: "agreement"
    case .broadcast: "broadcast"
    case .barrier: "barrier"
    case .batchNorm: "batch-norm reduction"
    case .loss: "loss reduction"
    case .gradientReduceScatter: "gradient reduce-scatter"
    case .gradientAllGather: "gradient all-gather"
    case .evaluation: "evaluation reduction"
    case .saving: "saving"
    }
  }

  /// Whether ranks wait for what one of them does at length, rather than for each other in a step.
  var isStage: Bool { self == .agreement || self == .saving }

  /// The largest tag that every MPI allows, for what ranks say when they are stuck.
  package static let reportTag = 32_767

  /// The tag of the messages of a collective, below ``reportTag``.
  ///
  /// Messages of a pair never overtake each other, so a tag only has to tell a collective from its
  /// neighbours: numbers come round after 2,047 of them.
  ///
  /// - Parameter sequence: the collective's number on this communicator.
  /// - Returns: the tag.
  package func tag(sequence: Int) -> Int { (sequence % 2047) << 4 | rawValue }
}
