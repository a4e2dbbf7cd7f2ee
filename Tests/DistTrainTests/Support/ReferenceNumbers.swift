import Foundation

import DistTrain

/// Tensors by name, as far as a test needs them.
typealias Tensors = [String: [Double]]

/// PyTorch's numbers, and what is compared with them.
enum ReferenceNumbers {
  static let folder = Bundle.module.resourceURL?.appendingPathComponent("Fixtures").path ?? ""

  static func path(_ name: String) -> String { "\(folder)/\(name).safetensors" }

  /// Losses of ten steps.
  static func losses(_ network: String) throws -> (float64: [Double], float32: [Double]) {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/losses.json"))
    let all = try JSONDecoder().decode([String: [String: [Double]]].self, from: data)
    return (all[network]?["float64"] ?? [], all[network]?["float32"] ?? [])
  }

  /// Reads a file by means of its own, so that half precision is possible and nothing that is
  /// tested takes part.
  static func tensors(_ path: String) throws -> Tensors {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = (0..<8).reduce(0) { $0 | Int(data[$1]) << (8 * $1) }
    let header = try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any]
    var result: Tensors = [:]
    for (name, value) in header ?? [:] where name != "__metadata__" {
      let entry = value as? [String: Any]
      let offsets = entry?["data_offsets"] as? [Int] ?? []
      let bytes = [UInt8](data[8 + length + offsets[0]..<8 + length + offsets[1]])
      result[name] = bytes.withUnsafeBytes { buffer in
        entry?["dtype"] as? String == "F16"
          ? stride(from: 0, to: bytes.count, by: 2).map {
            Double(buffer.loadUnaligned(fromByteOffset: $0, as: Float16.self))
          }
          : stride(from: 0, to: bytes.count, by: 4).map {
            Double(buffer.loadUnaligned(fromByteOffset: $0, as: Float.self))
          }
      }
    }
    return result
  }
}

/// The groups of tensors whose errors are of different sizes.
enum TensorGroup: CaseIterable {
  case batchNormWeights, runningMeans, runningVariances, otherWeights

  func contains(_ name: String) -> Bool {
    switch self {
    case .batchNormWeights: name.contains("bn") && !name.contains("running")
    case .runningMeans: name.hasSuffix("running_mean")
    case .runningVariances: name.hasSuffix("running_var")
    case .otherWeights: !name.contains("bn")
    }
  }
}

/// ‖left − right‖ / ‖right‖ over the tensors of some names; infinite where one is missing.
func relativeDistance(_ left: Tensors, _ right: Tensors, of names: [String]) -> Double {
  var (difference, size) = (0.0, 0.0)
  for name in names {
    guard let a = left[name], let b = right[name], a.count == b.count else { return .infinity }
    for (x, y) in zip(a, b) {
      difference += (x - y) * (x - y)
      size += y * y
    }
  }
  return (difference / size).squareRoot()
}

/// Elementwise combination of the tensors that both have.
func combine(_ left: Tensors, _ right: Tensors, _ body: (Double, Double) -> Double) -> Tensors {
  var result: Tensors = [:]
  for (name, values) in left {
    if let other = right[name] { result[name] = zip(values, other).map(body) }
  }
  return result
}
