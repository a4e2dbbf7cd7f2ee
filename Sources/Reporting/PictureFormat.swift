import DistTrain

/// The form of a picture, which the end of its file's name says.
public enum PictureFormat: String, CaseIterable, Sendable {
  case svg, png

  /// Finds the form of a file.
  ///
  /// - Parameter path: the file.
  /// - Throws: `Failure` of kind usage if its name ends in none.
  public init(of path: String) throws(Failure) {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex,
      let format = Self(rawValue: name[name.index(after: dot)...].lowercased())
    else {
      throw Failure(.usage, "\(path) is no name of a picture; let it end in .svg or .png")
    }
    self = format
  }
}
