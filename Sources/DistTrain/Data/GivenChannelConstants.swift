/// Channel means and deviations that someone gave, to replace those of the training set.
package struct GivenChannelConstants: Equatable {
  /// Red, green and blue, of bytes/255.
  package let mean: SIMD3<Float>?
  package let std: SIMD3<Float>?

  /// Nothing was given.
  package static let none = GivenChannelConstants(mean: nil, std: nil)

  /// Makes constants that are known to be sound, as those of a file.
  package init(_ constants: ChannelConstants) {
    self.init(mean: constants.mean, std: constants.std)
  }

  private init(mean: SIMD3<Float>?, std: SIMD3<Float>?) {
    self.mean = mean
    self.std = std
  }

  /// These constants, and another's where there are none.
  func completed(by other: GivenChannelConstants) -> GivenChannelConstants {
    GivenChannelConstants(mean: mean ?? other.mean, std: std ?? other.std)
  }

  /// Checks what the flags `--mean` and `--std` say, for every command that has them.
  ///
  /// - Parameters:
  ///   - mean: the numbers of `--mean`, if given.
  ///   - std: the numbers of `--std`, if given.
  /// - Throws: `Failure` of kind usage unless they are three numbers each, means in 0…1 and
  ///   deviations in (0, 1].
  package init(flags mean: [Double]?, _ std: [Double]?) throws(Failure) {
    self.mean = try Self.channels(mean, "--mean", "0…1", "0.49,0.48,0.45") { (0...1).contains($0) }
    // In single precision, where a tiny number is 0.
    self.std = try Self.channels(std, "--std", "(0, 1]", "0.25,0.24,0.26") {
      Float($0) > 0 && $0 <= 1
    }
  }

  private static func channels(
    _ numbers: [Double]?, _ flag: String, _ range: String, _ example: String,
    where isValid: (Double) -> Bool
  ) throws(Failure) -> SIMD3<Float>? {
    guard let numbers else { return nil }
    guard numbers.count == 3, numbers.allSatisfy(isValid) else {
      let text = numbers.map { "\($0)" }.joined(separator: ",")
      throw Failure(
        .usage,
        "\(flag) \(text) is not three numbers in \(range); give red, green and blue in units of "
          + "bytes/255, such as \(example)")
    }
    return SIMD3(Float(numbers[0]), Float(numbers[1]), Float(numbers[2]))
  }

  /// Reads the strings `mean` and `std` of a file's metadata.
  ///
  /// - Parameters:
  ///   - metadata: the file's.
  ///   - file: its name, for messages.
  /// - Throws: `Failure` of kind data unless they are three finite numbers each, deviations above 0.
  package init(metadata: [String: String], file: String) throws(Failure) {
    mean = try Self.channels(metadata, "mean", file, "three finite numbers", where: \.isFinite)
    std = try Self.channels(metadata, "std", file, "three finite numbers above 0") {
      $0 > 0 && $0.isFinite
    }
  }

  private static func channels(
    _ metadata: [String: String], _ key: String, _ file: String, _ rule: String,
    where isValid: (Float) -> Bool
  ) throws(Failure) -> SIMD3<Float>? {
    guard let text = metadata[key] else { return nil }
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map {
      Double(String($0)).map { Float($0) }
    }
    guard numbers.count == 3, let red = numbers[0], let green = numbers[1], let blue = numbers[2],
      [red, green, blue].allSatisfy(isValid)
    else {
      throw Failure(.data, "\(file) has the metadata \(key) \"\(text)\", which is not \(rule)")
    }
    return SIMD3(red, green, blue)
  }
}
