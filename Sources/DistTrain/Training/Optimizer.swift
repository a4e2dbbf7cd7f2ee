import ResNet
import Tensor

/// Turns gradients into steps of the weights.
package protocol Optimizer: AnyObject {
  /// What it carries from step to step, each laid out like the parameters, by the prefix of its
  /// tensors' names in checkpoints.
  var buffers: [(name: String, values: FloatView)] { get }

  /// Does a step.
  ///
  /// - Parameters:
  ///   - parameters: the weights; updated.
  ///   - gradients: of the mean loss of the global batch, of the same layout.
  ///   - learningRate: the step's learning rate.
  func update(_ parameters: FloatView, gradients: FloatView, learningRate: Double)
}

/// The names of all optimisers' buffers, which readers of weights pass over.
let optimizerBufferNames = ["momentum"]

extension Configuration {
  /// Makes the optimiser of a run.
  ///
  /// - Parameter layout: the network's parameters.
  /// - Returns: the optimiser, at the beginning of a run.
  func makeOptimizer(_ layout: ParameterLayout) -> any Optimizer {
    StochasticGradientDescent(self, layout: layout)
  }
}

/// SGD with momentum and weight decay in PyTorch's form; see ``sgd``.
final class StochasticGradientDescent: Optimizer {
  private let velocity: FloatView
  private let momentum: Float
  /// Parts of the parameters with their weight decay.
  private let parts: [(range: Range<Int>, decay: Float)]

  /// Makes the optimiser of a run.
  ///
  /// - Parameters:
  ///   - configuration: decides momentum and weight decay.
  ///   - layout: the network's parameters.
  init(_ configuration: Configuration, layout: ParameterLayout) {
    velocity = FloatView(zeros: layout.parameterCount)
    momentum = Float(configuration.momentum)
    parts = layout.decayRanges(onlyWeights: configuration.weightDecayScope == .weights).map {
      ($0.range, $0.decays ? Float(configuration.weightDecay) : 0)
    }
  }

  var buffers: [(name: String, values: FloatView)] { [("momentum", velocity)] }

  package func update(_ parameters: FloatView, gradients: FloatView, learningRate: Double) {
    for (range, decay) in parts {
      sgd(
        parameters[range], gradient: gradients[range], momentumBuffer: velocity[range],
        learningRate: Float(learningRate), momentum: momentum, weightDecay: decay)
    }
  }
}
