import DistTrain
import Foundation
import ResNet

extension FuzzTarget {
  /// Files of weights and checkpoints.
  static let safetensors = FuzzTarget("safetensors") { bytes, _ in
    let content = accepted { () throws(Failure) in try Safetensors(bytes, file: "input") }
    guard let content else { return }
    let written = certain { () throws(Failure) in try content.encoded() }
    let again = certain { () throws(Failure) in try Safetensors(written, file: "written") }
    require(again.metadata == content.metadata, "other metadata")
    require(written == certain { () throws(Failure) in try again.encoded() }, "other bytes")
    describe(content)
    resume(content)
  }

  /// The metadata of a sound file of weights, given as JSON.
  static let metadata = FuzzTarget("metadata") { bytes, _ in
    let tensors =
      #"{"linear.weight":{"dtype":"F32","shape":[10,0],"data_offsets":[0,0]},"#
      + #""layer1.0.conv1.weight":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"#
      + #""bn1.weight":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"__metadata__":"#
    let header = Array(tensors.utf8) + bytes + Array("}".utf8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    let content = accepted { () throws(Failure) in
      try Safetensors(length + header, file: "input")
    }
    guard let content else { return }
    // Where it is JSON at all, another reader finds the same strings.
    if let strings = try? JSONDecoder().decode([String: String].self, from: Data(bytes)),
      (try? JSONValue(bytes)) != nil
    {
      require(strings == content.metadata, "other strings")
    }
    describe(content)
    resume(content)
  }

  /// Reads what a file's content says of its network.
  private static func describe(_ content: Safetensors) {
    let file = accepted { () throws(Failure) in
      try WeightsFile(content, digest: "", path: "input")
    }
    guard let file else { return }
    let description = accepted(or: [.data, .usage]) { () throws(Failure) in
      try WeightsDescription(file, given: PartialConfiguration())
    }
    guard let description else { return }
    _ = accepted { () throws(Failure) in
      try ParameterLayout(description.architecture).ownTensors(of: file.tensors, file: "input")
    }
  }

  /// Takes a file's content for a checkpoint, with the digest that it would have.
  private static func resume(_ content: Safetensors) {
    var content = content
    content.metadata["content_sha256"] = nil
    let digest = SHA256.hexDigest(certain { () throws(Failure) in try content.encoded() })
    content.metadata["content_sha256"] = digest
    let read = content
    let checkpoint = accepted { () throws(Failure) in
      try Checkpoint(read, iteration: nil, file: "input")
    }
    guard var checkpoint else { return }
    let written = certain { [checkpoint] () throws(Failure) in try checkpoint.content() }
    let again = certain { () throws(Failure) in
      try Checkpoint(written, iteration: nil, file: "written")
    }
    let isSame =
      certain { () throws(Failure) in try again.content().encoded() }
      == certain { () throws(Failure) in try written.encoded() }
    require(isSame, "another checkpoint")
    require((0...checkpoint.iteration).contains(checkpoint.begin), "it began after its iteration")
    for _ in 0..<2 { checkpoint.trainSums.add(Metrics(lossSum: 1, errors: 50_000, images: 50_000)) }
    let means = checkpoint.trainSums.means(batch: 50_000)
    require(means.loss.isFinite && means.error >= 0, "means of \(means)")
  }
}
