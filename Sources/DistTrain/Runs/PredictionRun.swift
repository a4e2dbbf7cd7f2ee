import Foundation

/// The likeliest classes of an image.
public struct Prediction: Encodable, Equatable, Sendable {
  /// A class with its probability.
  public struct Candidate: Encodable, Equatable, Sendable {
    /// The name of the class.
    public let name: String
    /// The softmax of its logit.
    public let probability: Double

    private enum CodingKeys: String, CodingKey {
      case name = "class"
      case probability
    }
  }

  /// The image, as it was given.
  public let image: String
  /// The likeliest first.
  public let classes: [Candidate]

  /// Ranks classes by their logits; of equals the first class comes first.
  init(image: String, logits: [Float], names: [String], top: Int) {
    self.image = image
    let largest = Double(logits.max() ?? 0)
    let powers = logits.map { exp(Double($0) - largest) }
    let sum = powers.reduce(0, +)
    let ranked = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
    classes = ranked.prefix(top).map {
      Candidate(name: names[$0], probability: powers[$0] / sum)
    }
  }
}

/// What a network says of image files.
public struct PredictionRun {
  private let request: EvaluationRequest
  private let images: [String]
  private let top: Int

  /// What came of the images.
  public struct Result {
    /// Of those that could be read, in their order.
    public let predictions: [Prediction]
    /// Of the others.
    public let failures: [Failure]

    /// The predictions for people: the name of each image, then its classes in a line each.
    public var text: String {
      predictions.map { prediction in
        let lines = prediction.classes.map {
          String(format: "%6.2f %%  ", 100 * $0.probability) + $0.name
        }
        return ([prediction.image] + lines).joined(separator: "\n")
      }.joined(separator: "\n")
    }

    /// The predictions for programs: a JSON array in one line.
    ///
    /// - Returns: JSON.
    /// - Throws: `Failure` of kind internal.
    public func jsonText() throws(Failure) -> String { try predictions.sortedJSON() }
  }

  /// Prepares to predict.
  ///
  /// - Parameters:
  ///   - request: the file of weights, and what is given in place of what it says.
  ///   - images: paths of image files.
  ///   - top: how many classes are told of each.
  public init(_ request: EvaluationRequest, images: [String], top: Int) {
    self.request = request
    self.images = images
    self.top = top
  }

  /// Predicts all images that can be read.
  ///
  /// - Returns: predictions, and what kept others from being made.
  /// - Throws: `Failure` where no image can be predicted: of the file of weights, or of kind
  ///   environment without ImageMagick.
  public func run() throws(Failure) -> Result {
    let model = try WeightsModel(request)
    let names = model.dataset.classNames
    if !(1...names.count).contains(top) {
      throw Failure(
        .usage, "--top \(top) is not between 1 and the \(names.count) classes of \(request.weights)"
      )
    }
    let decoder = try ImageDecoder()
    let side = model.dataset.side
    var pixels: [UInt8] = []
    var read: [String] = []
    var failures: [Failure] = []
    for image in images {
      do throws(Failure) {
        pixels += try decoder.decode(image).planes(side: side)
        read.append(image)
      } catch {
        failures.append(error)
      }
    }
    if read.isEmpty { return Result(predictions: [], failures: failures) }
    let set = try ImageSet(
      pixels: pixels, labels: [UInt8](repeating: 0, count: read.count), side: side)
    let logits = try model.logits(of: set)
    return Result(
      predictions: zip(read, logits).map {
        Prediction(image: $0, logits: $1, names: names, top: top)
      }, failures: failures)
  }
}
