/// Whether the programs that do something for this one are there.
///
/// - Returns: what was found, for each of them.
func programFindings() -> [Finding] {
  [
    programFinding("gnuplot") { () throws(Failure) in
      try ExternalProgram(
        ["gnuplot"], purpose: "draws the figures of plot and reproduce", package: "gnuplot-nox"
      ).path
    },
    programFinding("ImageMagick") { () throws(Failure) in try ImageDecoder().programPath },
    programFinding("curl") { () throws(Failure) in
      try ExternalProgram(["curl"], purpose: "downloads for data fetch", package: "curl").path
    },
    programFinding("tar") { () throws(Failure) in
      try ExternalProgram(["tar"], purpose: "unpacks for data fetch", package: "tar").path
    },
  ]
}

/// What is said of a program that is found or not; none is needed for training.
private func programFinding(_ name: String, path: () throws(Failure) -> String) -> Finding {
  do throws(Failure) {
    return Finding(name, try path())
  } catch {
    return Finding(name, .warning, error)
  }
}
