import Foundation
import Testing

import DistTrain

/// `config.json`: what is written is read, and what is not sound is told in words of our own.
@Suite struct ConfigurationFileTests {
  private func configuration(
    _ give: (inout PartialConfiguration) -> Void = { _ in }
  ) throws -> Configuration {
    try Configuration(PartialConfiguration(give))
  }

  private func refusal(_ text: String) -> String {
    do throws(Failure) {
      _ = try Configuration(json: Array(text.utf8), file: "the file")
      return "no failure"
    } catch {
      return error.kind == .data ? error.message : "\(error.kind)"
    }
  }

  @Test func everyKeyIsThereAndReadsBack() throws {
    for configuration in try [
      configuration(),
      configuration {
        $0.mean = [0.25, 0.5, 0.75]
        $0.milestones = []
        $0.seed = .max
        $0.learningRate = 1e-7
        $0.warmUpLearningRate = 1
        $0.warmUpIterations = 3
      },
    ] {
      let text = try configuration.jsonText()
      #expect(try Configuration(json: Array(text.utf8), file: "the file") == configuration)
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      #expect(Set(object.keys) == Set(Settings.all.map(\.key)))
      #expect(object["format"] as? Int == 1 && object["from_sha256"] is NSNull)
      #expect(text.hasSuffix("}\n"))
    }
  }

  @Test func whatIsNotSoundIsNamed() throws {
    let text = try configuration().jsonText()
    func edited(_ key: String, _ value: String) -> String {
      text.replacing(try! Regex("\"\(key)\" : [^,\\n]+"), with: "\"\(key)\" : \(value)")
    }
    for (text, words) in [
      (String(text.prefix(100)), ["cut"]), ("", ["cut"]), ("[1]", ["cut"]),
      ("{\"depth\": \"many\"}", ["no format", "older program"]),
      (edited("format", "2"), ["format 2", "has 1"]),
      (edited("numerics", "2"), ["numerics 2", "of 1"]),
      (text.replacing("\"seed\"", with: "\"seeds\""), ["lacks the key seed"]),
      (text.replacing("{\n", with: "{\n  \"width\" : 16,\n"), ["key width"]),
      (text.replacing("{\n", with: "{\n  \"depth\" : 56,\n"), ["the key depth twice"]),
      (edited("classes", "7"), ["7 classes", "10"]), (edited("classes", "-1"), ["-1 classes"]),
      (edited("parameters", "5"), ["5 parameters", "269722"]),
      (edited("depth", "21"), ["--depth 21"]), (edited("depth", "\"deep\""), ["depth", "deep"]),
      (edited("network", "\"flat\""), ["network", "flat"]),
      (edited("seed", "-1"), ["seed", "-1"]), (edited("lr", "null"), ["lr"]),
    ] {
      let message = refusal(text)
      #expect(message.hasPrefix("the file is not a sound configuration: "), "\(message)")
      for word in words { #expect(message.contains(word), "\(message)") }
      #expect(!message.contains("CodingKey") && !message.contains("debugDescription"))
    }
  }

  @Test func whateverDecidesBitsOrLogsChangesTheDigest() throws {
    let own = try configuration().digest()
    #expect(try configuration().digest() == own)
    for change: (inout PartialConfiguration) -> Void in [
      { $0.seed = 2 }, { $0.logEvery = 51 }, { $0.evaluateEvery = 0 }, { $0.milestones = [] },
      { $0.initialWeightsSHA256 = "0" }, { $0.fromSHA256 = "0" }, { $0.iterations = 64_001 },
    ] {
      #expect(try configuration(change).digest() != own)
    }
  }

  /// What a release adds leaves the checkpoints of earlier runs theirs.
  @Test func checkpointsThatWerePublishedAreOfTheirConfiguration() throws {
    let file = "\(packageFolder)/results/plain-vs-residual/plain-20-seed1/config.json"
    let configuration = try Configuration(json: fileBytes(file) ?? [], file: file)
    // `configuration_sha256` of that run's last checkpoint.
    let digest = "5d4046d68179f9316d6ebedefc331f719ca2d1811b3947aaf5f5e54edcd28148"
    #expect(try configuration.digest() == digest)
  }

  @Test(arguments: [ENOSPC, EDQUOT])
  func aFullDiskComesWithItsRemedy(code: Int32) {
    errno = code
    #expect(Files.reason().contains("free some space"))
  }
}
