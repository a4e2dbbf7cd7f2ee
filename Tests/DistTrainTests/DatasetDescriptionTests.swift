import Foundation
import Testing

import DistTrain

/// What is known of the data sets.
@Suite struct DatasetDescriptionTests {
  @Test func aSetIsKnownByItsName() throws {
    #expect(DatasetDescription.allCases.map(\.name) == ["cifar10", "cifar100", "synthetic"])
    for description in DatasetDescription.allCases {
      #expect(DatasetDescription(rawValue: description.name) == description)
      let text = try JSONEncoder().encode([description])
      #expect(String(decoding: text, as: UTF8.self) == "[\"\(description.name)\"]")
      #expect(try JSONDecoder().decode([DatasetDescription].self, from: text) == [description])
    }
    #expect(DatasetDescription(rawValue: "CIFAR-10") == nil)
    #expect(DatasetDescription.cifar10 != .cifar100)
  }

  @Test func classesHaveTheirOfficialNames() {
    let ten = DatasetDescription.cifar10.classNames
    #expect(ten.count == 10 && ten[0] == "airplane" && ten[9] == "truck")
    let hundred = DatasetDescription.cifar100.classNames
    #expect(hundred.count == 100 && Set(hundred).count == 100)
    #expect(hundred == hundred.sorted())
    for (label, name) in [(0, "apple"), (47, "maple_tree"), (69, "rocket"), (99, "worm")] {
      #expect(hundred[label] == name)
    }
    let shapes = DatasetDescription.synthetic.classNames
    #expect(shapes.count == 10 && shapes[0] == "disc" && shapes[9] == "checkerboard")
  }

  @Test(arguments: DatasetDescription.allCases)
  func aRunTrainsOnAllImagesOrHoldsOutFiveThousand(description: DatasetDescription) {
    #expect(description.trainingImages == 50_000 && description.side == 32)
    for count in [50_000, 45_000] { #expect(description.objection(toTrainingOn: count) == nil) }
    for count in [0, 44_999, 45_001, 50_001] {
      #expect(description.objection(toTrainingOn: count) == "neither 50000 nor 45000")
    }
  }

  @Test func aRankHoldsLabelsAndImages() {
    for (description, record) in [
      (DatasetDescription.cifar10, 3073), (.cifar100, 3074), (.synthetic, 3073),
    ] {
      #expect(description.byteCount(testOnly: false) == 60_000 * record)
      #expect(description.byteCount(testOnly: true) == 10_000 * record)
    }
  }
}

/// Images that a program brings.
@Suite struct OwnImagesTests {
  private func describe(
    name: String = "birds", classes: Int = 3, side: Int = 48, trainingImages: Int = 5
  ) throws(Failure) -> DatasetDescription {
    try DatasetDescription(
      name: name, title: "Birds", classNames: (0..<classes).map { "bird \($0)" }, side: side,
      trainingImages: trainingImages)
  }

  private func images(
    _ labels: [UInt8], side: Int = 48, bytes: Int? = nil
  ) throws(Failure) -> ImageSet {
    try ImageSet(
      pixels: [UInt8](repeating: 7, count: bytes ?? labels.count * 3 * side * side),
      labels: labels, side: side)
  }

  @Test func imagesAndLabelsMakeADataset() throws {
    let dataset = try Dataset(
      describe(), training: images([0, 1, 2, 1, 0]), test: images([2, 2]))
    #expect(dataset.training.count == 5 && dataset.test.count == 2)
    #expect(dataset.training.side == 48 && dataset.training.imageBytes == 6912)
    #expect(dataset.description.classNames == ["bird 0", "bird 1", "bird 2"])
    #expect(dataset.description.title == "Birds" && dataset.description.trainingImages == 5)
    #expect(dataset.description.byteCount(testOnly: false) == 0)
  }

  @Test(
    arguments: [
      ([0, 1], 48, 2 * 6912 - 1, ["2 images", "13824 bytes", "13823"]),
      ([0, 1], 48, 3 * 6912, ["2 images", "20736"]), ([], 48, 1, ["0 images"]),
      ([0], 32, 6912, ["3·32·32", "3072"]), ([], 0, 0, ["0 rows"]), ([0], -48, 6912, ["-48 rows"]),
      ([0], .max, 6912, ["\(Int.max) rows"]),
    ] as [([UInt8], Int, Int, [String])])
  func bytesThatDoNotFitAreRefused(labels: [UInt8], side: Int, bytes: Int, words: [String]) throws {
    let failure = #expect(throws: Failure.self) { try images(labels, side: side, bytes: bytes) }
    #expect(failure?.kind == .data)
    for word in words { #expect(failure?.message.contains(word) == true, "\(failure as Any)") }
  }

  @Test(
    arguments: [
      ([0, 1], 48, [2], 48, "has 2 training images where its description has 5"),
      ([0, 1, 2, 1, 0, 1], 48, [2], 48, "6 training images"),
      ([0, 1, 2, 1, 3], 48, [2], 48, "label 3 in its training images where classes are 0 to 2"),
      ([0, 1, 2, 1, 0], 48, [255], 48, "label 255 in its test images"),
      ([0, 1, 2, 1, 0], 48, [], 48, "no test images"),
      ([0, 1, 2, 1, 0], 32, [2], 48, "training images of side 32 where its description has 48"),
      ([0, 1, 2, 1, 0], 48, [2], 16, "test images of side 16"),
    ] as [([UInt8], Int, [UInt8], Int, String)])
  func imagesThatAreNotAsDescribedAreRefused(
    training: [UInt8], side: Int, test: [UInt8], testSide: Int, words: String
  ) throws {
    let failure = #expect(throws: Failure.self) {
      try Dataset(
        describe(), training: images(training, side: side), test: images(test, side: testSide))
    }
    #expect(failure?.kind == .data)
    #expect(failure?.message.contains(words) == true, "\(failure as Any)")
    #expect(failure?.message.contains("birds") == true)
  }

  @Test func descriptionsThatCannotBeAreRefused() throws {
    for (refused, words) in [
      ({ try describe(name: "cifar10") }, "none of cifar10, cifar100, synthetic"),
      ({ try describe(name: "") }, "no name of its own"),
      ({ try describe(classes: 0) }, "0 classes"), ({ try describe(classes: 257) }, "257 classes"),
      ({ try describe(side: 40) }, "side 40"), ({ try describe(side: 0) }, "side 0"),
      ({ try describe(trainingImages: 0) }, "0 training images"),
    ] as [(() throws -> DatasetDescription, String)] {
      let failure = #expect(throws: Failure.self) { try refused() }
      #expect(failure?.kind == .data)
      #expect(failure?.message.contains(words) == true, "\(failure as Any)")
    }
  }

  @Test func theyAreNotLoaded() throws {
    let description = try describe()
    for load in [
      { _ = try Dataset.load(description) }, { _ = try Dataset.loadTest(description) },
    ] {
      let failure = #expect(throws: Failure.self) { try load() }
      #expect(failure?.kind == .usage && failure?.message.contains("birds") == true)
    }
  }

  private func configuration(trainImages: Int?) throws -> Configuration {
    let description = try describe()
    return try Configuration(.paper) {
      $0.dataset = description
      $0.trainImages = trainImages
      $0.globalBatch = 1
      $0.microShards = 1
    }
  }

  @Test func aRunTrainsOnAnyNumberOfThem() throws {
    let whole = try configuration(trainImages: nil)
    #expect(whole.trainImages == 5 && !whole.holdsOut)
    #expect(whole.architecture.imageSide == 48 && whole.architecture.classes == 3)
    #expect(try configuration(trainImages: 1).holdsOut)
    for count in [0, 6] {
      let failure = #expect(throws: Failure.self) { try configuration(trainImages: count) }
      #expect(failure?.kind == .usage)
      #expect(failure?.message == "--train-images \(count) is not between 1 and 5")
    }
  }
}
