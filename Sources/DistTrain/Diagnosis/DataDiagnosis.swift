/// Whether a data set's images are there, and whether they are the official ones.
///
/// - Parameters:
///   - description: the data set.
///   - folder: where they are; nil for where `train` looks.
/// - Returns: what was found.
package func dataFinding(_ description: DatasetDescription, from folder: String?) -> Finding {
  if description.batches == nil {
    return Finding("data", "\(description.title), which needs no files")
  }
  do throws(Failure) {
    let check = try DataCheck(description, from: folder)
    if let warning = check.warning { return Finding("data", .warning, Failure(.data, warning)) }
    return Finding("data", "\(check.folder) has the official \(description.title)")
  } catch {
    // Without the images there is still the synthetic set.
    return Finding("data", error.kind == .missingInput ? .warning : .wrong, error)
  }
}
