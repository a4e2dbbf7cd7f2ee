import Foundation
import Testing

import DistTrain

/// Which images are told from the official ones.
@Suite struct OfficialDataTests {
  /// Of all of CIFAR-10, and of its test images.
  private static let digest = "f27715e529e7ca2674e46a54bf84043f539b3dc84752f6a386aa72201964a453"
  private static let testDigest = "0488d98dd7fae1e6649a72c7458e535edf2e0fd1c1e6079160e643d304d1b25a"

  /// Images without content whose classes are those of the official CIFAR-100.
  private func hundred(
    each count: Int, change: (inout [UInt8], inout [UInt8]) -> Void = { _, _ in }
  ) -> ImageSet {
    var fine: [UInt8] = []
    var coarse: [UInt8] = []
    for index in 0..<100 * count {
      fine.append(UInt8(index % 100))
      coarse.append(UInt8(index % 100 * 7 % 20))
    }
    change(&fine, &coarse)
    return ImageSet(
      pixels: Bytes([UInt8](repeating: 0, count: fine.count * 3072)), labels: fine,
      coarseLabels: coarse, side: 32)
  }

  private func warning(_ training: ImageSet?, _ test: ImageSet) -> String? {
    OfficialData.warning(.cifar100, training: training, test: test, digest: "any")
  }

  @Test func theClassesOfCIFAR100AreCounted() throws {
    let training = hundred(each: 500)
    let test = hundred(each: 100)
    #expect(warning(training, test) == nil && warning(nil, test) == nil)
    #expect(warning(test, training)?.contains("not the official CIFAR-100") == true)
    #expect(warning(nil, training) != nil && warning(training, training) != nil)
  }

  @Test(
    arguments: [
      ("an image of another class", 5, 6, nil), ("a second coarse class", nil, nil, 19),
      ("a coarse class that is none", nil, nil, 20),
    ] as [(String, Int?, UInt8?, UInt8?)])
  func aSingleWrongLabelIsNoticed(name: String, place: Int?, fine: UInt8?, coarse: UInt8?) {
    let test = hundred(each: 100) {
      if let fine { $0[place ?? 0] = fine }
      if let coarse { $1[0] = coarse }
    }
    #expect(warning(nil, test) != nil)
  }

  /// All images of a class moved to another coarse class leave four classes in one and six there.
  @Test func aClassInAnotherCoarseClassIsNoticed() {
    let test = hundred(each: 100) { fine, coarse in
      for index in fine.indices where fine[index] == 3 { coarse[index] = 0 }
    }
    #expect(warning(nil, test) != nil)
  }

  @Test func imagesWithoutCoarseLabelsAreNotCIFAR100() throws {
    let fine = hundred(each: 100)
    let withoutCoarse = try ImageSet(
      pixels: Array(fine.pixels), labels: fine.labels, side: 32)
    #expect(warning(nil, withoutCoarse) != nil)
  }

  @Test func onlyTheOfficialDigestIsCIFAR10() throws {
    let images = try ImageSet(pixels: [], labels: [], side: 32)
    func warning(_ training: ImageSet?, _ digest: String) -> String? {
      OfficialData.warning(.cifar10, training: training, test: images, digest: digest)
    }
    #expect(warning(images, Self.digest) == nil)
    #expect(warning(nil, Self.testDigest) == nil)
    for (training, digest) in [
      (images, Self.testDigest), (nil, Self.digest), (images, ""),
    ] {
      let text = warning(training, digest)
      #expect(text?.contains("not the official CIFAR-10") == true)
      #expect(text?.contains("\n") == false)
    }
  }

  @Test func theSyntheticSetIsWhatItIs() throws {
    let images = try ImageSet(pixels: [], labels: [], side: 32)
    #expect(
      OfficialData.warning(.synthetic, training: images, test: images, digest: "any") == nil)
  }

  @Test(.enabled(if: realDataFolder != nil, "CIFAR-10 is not where the program looks"))
  func theRealFilesHaveTheOfficialDigests() throws {
    let dataset = try Dataset.load(.cifar10, from: realDataFolder)
    #expect(dataset.digest() == Self.digest && dataset.test.digest() == Self.testDigest)
  }
}
