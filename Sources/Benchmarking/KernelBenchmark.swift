import DistTrain
import ResNet
import Tensor

/// Measures every convolution of the paper, the vector kernels against OpenBLAS: `bench kernels`.
public struct KernelBenchmark {
  private let images: Int
  private let rounds: Int
  private let communicator: Communicator

  /// A convolution with its engines.
  private struct Entry {
    let name: String
    let multiplyAdds: Int
    let isImage: Bool
    let vector: any KernelSubject
    let openblas: (any KernelSubject)?
  }

  /// Makes a benchmark.
  ///
  /// - Parameters:
  ///   - images: how many images each measurement computes.
  ///   - rounds: how often each kernel is measured, in alternation.
  ///   - communicator: the ranks, which all measure at once.
  public init(images: Int, rounds: Int, communicator: Communicator) {
    self.images = images
    self.rounds = rounds
    self.communicator = communicator
  }

  /// Measures.
  ///
  /// **Ranks**: collective.
  ///
  /// - Returns: this rank's report.
  /// - Throws: `Failure` if communication fails.
  public func run() throws(Failure) -> KernelReport {
    try communicator.barrier()
    let peak = measureFusedMultiplyAddPeak()
    var rows: [KernelReport.Row] = []
    for entry in entries {
      try communicator.barrier()
      rows += measure(entry, peak: peak)
    }
    return KernelReport(
      images: images, rounds: rounds, ranks: communicator.size, peakGflops: peak, rows: rows)
  }

  private var entries: [Entry] {
    let convolutions = [
      ConvolutionGeometry(inputSide: 32, inputChannels: 3, outputChannels: 16),
      ConvolutionGeometry(inputSide: 32, inputChannels: 16, outputChannels: 16),
      ConvolutionGeometry(inputSide: 32, inputChannels: 16, outputChannels: 32, stride: 2),
      ConvolutionGeometry(inputSide: 16, inputChannels: 32, outputChannels: 32),
      ConvolutionGeometry(inputSide: 16, inputChannels: 32, outputChannels: 64, stride: 2),
      ConvolutionGeometry(inputSide: 8, inputChannels: 64, outputChannels: 64),
    ]
    let projections = [
      (ImageShape(side: 32, channels: 16), ImageShape(side: 32, channels: 16)),
      (ImageShape(side: 32, channels: 16), ImageShape(side: 16, channels: 32)),
      (ImageShape(side: 16, channels: 32), ImageShape(side: 16, channels: 32)),
      (ImageShape(side: 16, channels: 32), ImageShape(side: 8, channels: 64)),
      (ImageShape(side: 8, channels: 64), ImageShape(side: 8, channels: 64)),
    ]
    return convolutions.map(entry) + projections.map(entry)
  }

  private func entry(_ geometry: ConvolutionGeometry) -> Entry {
    let layer = StepCost.convolution(geometry)
    return Entry(
      name: layer.name, multiplyAdds: layer.multiplyAdds, isImage: geometry.inputChannels == 3,
      vector: ConvolutionSubject(
        makeVectorConvolution(geometry: geometry, arena: Arena()), images: images),
      openblas: ConvolutionSubject(
        OpenBLASConvolution(geometry: geometry, arena: Arena()), images: images))
  }

  private func entry(_ input: ImageShape, _ output: ImageShape) -> Entry {
    let layer = StepCost.projection(input, output)
    return Entry(
      name: layer.name, multiplyAdds: layer.multiplyAdds, isImage: false,
      vector: ProjectionSubject(input: input, output: output, images: images), openblas: nil)
  }

  /// One round to warm up, then alternating ones.
  private func measure(_ entry: Entry, peak: Double) -> [KernelReport.Row] {
    var times: [[Double]] = [[], [], [], []]
    for round in 0...rounds {
      let seconds = [
        time { entry.vector.forward() }, time { entry.openblas?.forward() },
        time { entry.vector.backward() }, time { entry.openblas?.backward() },
      ]
      if round > 0 { for index in seconds.indices { times[index].append(seconds[index]) } }
    }
    let medians = times.map { 1000 * Summary($0).median }
    // The gradient of an image is not computed.
    let backwardPasses = entry.isImage ? 1 : 2
    return [("forward", 0, 1), ("backward", 2, backwardPasses)].map { direction, index, passes in
      let milliseconds = medians[index]
      let openblas = entry.openblas == nil ? nil : medians[index + 1]
      let rate = 1e-6 * Double(2 * passes * entry.multiplyAdds * images) / milliseconds
      return KernelReport.Row(
        name: entry.name, direction: direction, vectorMilliseconds: milliseconds,
        openblasMilliseconds: openblas, gflops: rate, shareOfPeak: rate / peak,
        ratio: openblas.map { $0 / milliseconds })
    }
  }

  private func time(_ body: () -> Void) -> Double {
    let start = monotonicSeconds()
    body()
    return monotonicSeconds() - start
  }
}
