import Foundation
import ResNet
import Testing

import DistTrain

private let imageMagick: String? = ["magick", "convert"].first { name in
  (try? CommandRun([name, "-version"]))?.output.contains("ImageMagick") == true
}

extension EndToEnd.More {
  @Suite(.enabled(if: imageMagick != nil, "needs ImageMagick")) struct Predict {
    private let folder = TemporaryFolder()
    private let weights: RandomWeights
    private let set = ImageSet.random(count: 3)

    init() throws { weights = try RandomWeights(["dataset": "cifar10"]) }

    private func predict(_ arguments: [String]) throws -> CommandRun {
      try CommandRun.disttrain(["predict", "--weights", weights.path] + arguments)
    }

    /// The probabilities of the classes, by name, of each image.
    private func probabilities(_ images: [String], _ flags: [String] = []) throws -> [[String:
      Double]]
    {
      let run = try predict(images + ["--json", "--top", "10"] + flags)
      try #require(run.status == 0, "\(run.errors)")
      let objects = try #require(
        try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]])
      #expect(objects.compactMap { $0["image"] as? String } == images)
      return try objects.map { object in
        let classes = try #require(object["classes"] as? [[String: Any]])
        let values = classes.compactMap { $0["probability"] as? Double }
        #expect(values.count == 10 && values == values.sorted(by: >))
        return Dictionary(
          uniqueKeysWithValues: zip(classes.compactMap { $0["class"] as? String }, values))
      }
    }

    /// The softmax of the library's logits.
    private func expected(_ set: ImageSet) throws -> [[String: Double]] {
      var request = EvaluationRequest()
      request.weights = weights.path
      return try WeightsModel(request).logits(of: set).map { logits in
        let powers = logits.map { exp(Double($0)) }
        let sum = powers.reduce(0, +)
        return Dictionary(
          uniqueKeysWithValues: zip(
            DatasetDescription.cifar10.classNames, powers.map { $0 / sum }))
      }
    }

    private func expectEqual(
      _ got: [[String: Double]], _ expected: [[String: Double]], within tolerance: Double = 1e-12,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(got.count == expected.count, sourceLocation: sourceLocation)
      for (left, right) in zip(got, expected) {
        #expect(Set(left.keys) == Set(right.keys), sourceLocation: sourceLocation)
        for (name, value) in left {
          #expect(abs(value - (right[name] ?? -1)) <= tolerance, sourceLocation: sourceLocation)
        }
      }
    }

    /// Writes an image as PPM.
    private func write(_ index: Int, _ name: String) throws -> String {
      var bytes = Array("P6 32 32 255\n".utf8)
      for y in 0..<32 {
        for x in 0..<32 {
          for channel in 0..<3 {
            bytes.append(set.byte(image: index, channel: channel, row: y, column: x))
          }
        }
      }
      try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
      return folder.file(name)
    }

    /// Makes an image of another with ImageMagick.
    private func make(_ name: String, _ arguments: [String]) throws -> String {
      let run = try CommandRun([try #require(imageMagick)] + arguments + [folder.file(name)])
      try #require(run.status == 0, "\(run.errors)")
      return folder.file(name)
    }

    @Test func imagesOfTheSideGiveTheLogitsOfTheirBytes() throws {
      let plain = try (0..<3).map { try write($0, "\($0).ppm") }
      expectEqual(try probabilities(plain), try expected(set))
      let first = [try expected(set)[0]]
      for name in ["a.png", "a.bmp", "a.tiff"] {
        expectEqual(try probabilities([try make(name, [plain[0]])]), first)
      }
      let deep = try make("deep.png", [plain[0], "-depth", "16"])
      let wide = try make(
        "wide.png", ["-size", "64x32", "xc:red", plain[0], "-geometry", "+16+0", "-composite"])
      let opaque = try make("opaque.png", [plain[0], "-alpha", "set"])
      let frames = try make("frames.tiff", plain)
      for path in [deep, wide, opaque, frames] {
        expectEqual(try probabilities([path]), first)
      }
      // A camera's note that the picture lies on its side.
      let turned = try make("turned.tiff", [plain[0], "-rotate", "-90", "-orient", "RightTop"])
      expectEqual(try probabilities([turned]), first)
    }

    @Test func whatIsTransparentIsWhiteAndGreyIsGrey() throws {
      let white = try make("white.png", ["-size", "32x32", "xc:white"])
      let clear = try make("clear.png", ["-size", "32x32", "xc:transparent"])
      expectEqual(try probabilities([clear]), try probabilities([white]))
      let grey = try make("grey.png", ["-size", "32x32", "xc:gray(100)", "-colorspace", "gray"])
      let same = try make("same.ppm", ["-size", "32x32", "xc:rgb(100,100,100)"])
      expectEqual(try probabilities([grey]), try probabilities([same]))
    }

    @Test(arguments: ["@x.png", "-x.png", "msl:x.png", "a b[0].weird", "%d.png", "new\nline", "ä"])
    func aNameIsNothingButAName(name: String) throws {
      let path = try write(0, name)
      expectEqual(try probabilities([path]), [try expected(set)[0]])
      let inPlace = try CommandRun([
        "sh", "-c", "cd \"$0\"; \"$@\"", folder.path, CommandRun.disttrain, "predict", "--weights",
        weights.path, "--", name,
      ])
      #expect(inPlace.status == 0 && inPlace.output.hasPrefix(name), "\(inPlace.errors)")
    }

    @Test func whatIsNoImageIsNamedAndTheOthersAreTold() throws {
      let good = try write(1, "good.ppm")
      func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
        return folder.file(name)
      }
      let whole = try #require(fileBytes(try make("whole.png", [good])))
      let jpeg = try #require(fileBytes(try make("whole.jpg", [good])))
      for (path, word) in [
        (try file("empty.png", []), "empty"), (try file("text.png", Array("no image".utf8)), "PNG"),
        (try file("page.jpg", Array("<!DOCTYPE html>".utf8)), "web page"),
        (try file("drawing.svg", Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8)), "PNG"),
        (
          try file(
            "script.png", Array("push graphic-context\nimage over 0,0 0,0 '/etc/passwd'".utf8)),
          "PNG"
        ),
        (try file("cut.png", Array(whole.prefix(whole.count / 2))), "PNG"),
        (try file("cut.jpg", Array(jpeg.prefix(2 * jpeg.count / 3))), "JPEG"),
        (folder.path, "folder"),
      ] {
        let run = try predict([path, good, "--json", "--top", "1"])
        #expect(run.status == 65 && run.ownErrors.count == 1, "\(run.errors)")
        #expect(run.errors.contains(path) && run.errors.contains(word), "\(run.errors)")
        #expect(run.output.contains("\"\(good)\"") && !run.output.contains("\"\(path)\""))
      }
      let missing = try predict([folder.file("none"), good])
      #expect(missing.status == 66 && missing.output.contains(good), "\(missing.errors)")
      let two = try predict([folder.file("none"), folder.path, good])
      #expect(two.status == 66 && two.ownErrors.count == 3 && two.output.contains(good))
    }

    @Test func anImageThatIsTooLargeIsRefusedBeforeItTakesMemory() throws {
      // A grey PBM of 30,000×30,000 pixels says so in its first bytes.
      let path = folder.file("large.pbm")
      try Data("P4 30000 30000\n".utf8).write(to: URL(fileURLWithPath: path))
      truncate(path, 112_500_015)
      let run = try predict([path])
      #expect(run.status == 65 && run.errors.contains("too large"), "\(run.errors)")
    }

    @Test func textIsForPeopleAndFlagsAreChecked() throws {
      let path = try write(0, "a.ppm")
      let run = try CommandRun.disttrain(
        ["predict", "--weights", weights.path, path, "--top", "2"], ranks: 2)
      let lines = run.output.split(separator: "\n")
      #expect(run.status == 0 && lines.count == 3 && lines[0] == path, "\(run.output)")
      let ranked = try expected(set)[0].sorted { $0.value > $1.value }
      for (line, entry) in zip(lines.dropFirst(), ranked) {
        #expect(line.hasSuffix(" %  \(entry.key)"))
      }
      for (flags, code) in [(["--top", "0"], 64), (["--top", "11"], 64)] as [([String], Int32)] {
        let refused = try predict([path] + flags)
        #expect(refused.status == code && refused.ownErrors.count == 1, "\(refused.errors)")
      }
      #expect(try predict([]).status == 64)
      let closed = try CommandRun([
        "sh", "-c", "\(CommandRun.disttrain) predict --weights \(weights.path) \(path) >&-",
      ])
      #expect(closed.status == 74, "\(closed.errors)")
      let without = try CommandRun.disttrain(
        ["predict", "--weights", weights.path, path], environment: ["PATH": folder.path])
      #expect(without.status == 69 && without.errors.contains("imagemagick"), "\(without.errors)")
    }

    /// Another program of the name is not what is meant.
    @Test func aProgramOfTheSameNameIsPassedOver() throws {
      let path = try write(0, "a.ppm")
      let fake = folder.file("convert")
      try Data("#!/bin/sh\necho unit converter\n".utf8).write(to: URL(fileURLWithPath: fake))
      chmod(fake, 0o755)
      let variables = ["PATH": "\(folder.path):/usr/local/bin:/usr/bin:/bin"]
      let run = try CommandRun.disttrain(
        ["predict", "--weights", weights.path, path], environment: variables)
      #expect(run.status == 0, "\(run.errors)")
    }
  }
}
