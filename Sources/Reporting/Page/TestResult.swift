import DistTrain
import Foundation

/// How a network classifies every test image: which class for which, and how sure it is.
struct TestResult {
  /// An image that was classified wrongly.
  struct Mistake: Equatable {
    let image: Int
    let label: Int
    let guess: Int
    /// What the network gave the class that it chose.
    let probability: Double
  }

  let classNames: [String]
  /// [class][chosen class].
  let confusion: [[Int]]
  /// The surest first.
  let mistakes: [Mistake]

  /// Looks at every image.
  ///
  /// - Parameters:
  ///   - classNames: the classes, in the order of their labels.
  ///   - labels: the right class of each image.
  ///   - logits: [images][classes]; of equal ones the first counts.
  init(classNames: [String], labels: [Int], logits: [[Float]]) {
    precondition(labels.count == logits.count, "\(labels.count) labels, \(logits.count) logits")
    self.classNames = classNames
    let empty = [Int](repeating: 0, count: classNames.count)
    var confusion = [[Int]](repeating: empty, count: classNames.count)
    var mistakes: [Mistake] = []
    for (image, (label, row)) in zip(labels, logits).enumerated() {
      var guess = 0
      for place in row.indices where row[place] > row[guess] { guess = place }
      confusion[label][guess] += 1
      if guess == label { continue }
      let total = row.reduce(0.0) { $0 + exp(Double($1) - Double(row[guess])) }
      mistakes.append(
        Mistake(image: image, label: label, guess: guess, probability: 1 / total))
    }
    self.confusion = confusion
    self.mistakes = mistakes.sorted {
      ($1.probability, $0.image) < ($0.probability, $1.image)
    }
  }

  /// Images of a class.
  func count(of label: Int) -> Int { confusion[label].reduce(0, +) }

  /// Images of a class that were taken for others.
  func errors(of label: Int) -> Int { count(of: label) - confusion[label][label] }
}
