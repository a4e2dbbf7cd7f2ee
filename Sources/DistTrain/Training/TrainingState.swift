import ResNet
import Tensor

/// What a run carries from step to step: parameters, running statistics, the optimiser's buffers and
/// the completed iterations.
///
/// A step is a function of it, of the configuration and of the data alone. It holds no trace of how
/// many ranks there are, and is the same on all of them.
public final class TrainingState {
  /// Completed iterations.
  public internal(set) var iteration = 0
  private let network: Network
  private let optimizer: any Optimizer

  /// Makes the state of a network and an optimiser, all zeros.
  init(_ network: Network, optimizer: any Optimizer) {
    self.network = network
    self.optimizer = optimizer
  }

  /// Sets the beginning of a run.
  ///
  /// - Parameter configuration: decides the seed and how projections begin.
  func initialize(_ configuration: Configuration) {
    network.initialize(
      seed: configuration.seed, projectionInitialization: configuration.projectionInitialization)
    for buffer in optimizer.buffers { buffer.values.fill(with: 0) }
    iteration = 0
  }

  /// Gives every rank the state of rank 0.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameter communicator: the ranks.
  /// - Throws: `Failure` if communication fails.
  func broadcast(_ communicator: Communicator) throws(Failure) {
    let place = MemoryView<Int64>([Int64(iteration)])
    try communicator.broadcast(place)
    iteration = Int(place[0])
    try communicator.broadcast(network.parameters)
    try communicator.broadcast(network.runningStatistics)
    for buffer in optimizer.buffers { try communicator.broadcast(buffer.values) }
  }

  /// All tensors as checkpoints store them: the network's, then the optimiser's with prefixes.
  package var tensors: [NamedTensor] {
    network.namedTensors
      + optimizer.buffers.flatMap { name, values in
        network.layout.parameters.map {
          NamedTensor(name: "\(name).\($0.name)", shape: $0.shape, values: $0.load(from: values))
        }
      }
  }

  /// Replaces everything by what a checkpoint stored, or nothing.
  ///
  /// - Parameter checkpoint: of this run.
  /// - Throws: `Failure` of kind data that names a tensor that is unknown, missing, misshapen or not
  ///   finite.
  func restore(_ checkpoint: Checkpoint) throws(Failure) {
    let file = "the checkpoint of iteration \(checkpoint.iteration)"
    let layout = network.layout
    let own = try layout.ownTensors(of: checkpoint.tensors, file: file)
    var stored: [(slot: TensorSlot, values: [Float], buffer: FloatView)] = []
    for (name, buffer) in optimizer.buffers {
      let tensors = checkpoint.tensors.compactMap { $0.without(prefix: "\(name).") }
      for (slot, values) in try layout.match(tensors, layout.parameters, file: file) {
        stored.append((slot, values, buffer))
      }
    }
    for (slot, values) in own { network.setValues(of: slot, to: values) }
    for (slot, values, buffer) in stored { slot.store(values, in: buffer) }
    iteration = checkpoint.iteration
  }
}

extension NamedTensor {
  /// The tensor under the rest of its name; nil if that does not begin with a prefix.
  fileprivate func without(prefix: String) -> NamedTensor? {
    if !name.hasPrefix(prefix) { return nil }
    return NamedTensor(name: String(name.dropFirst(prefix.count)), shape: shape, values: values)
  }
}
