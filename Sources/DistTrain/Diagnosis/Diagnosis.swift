import Foundation

/// What matters on this machine for a training, and what to do about what is wrong.
package struct Diagnosis: Encodable {
  /// The training that is looked ahead to.
  package struct Request {
    /// Its network, batch and data set.
    package var configuration: Configuration
    /// Its ranks; nil for one on each physical core, as far as there are micro-shards.
    package var ranks: Int?
    /// The job of which this process is the first rank; nil without a launcher.
    package var job: HostTopology?
    /// Where its run folder is or would be; nil for where `train` makes one.
    package var runFolder: String?
    /// Where its images are; nil for where `train` looks.
    package var dataFolder: String?

    /// Makes a request.
    ///
    /// - Parameter configuration: the network, batch and data set.
    package init(_ configuration: Configuration) { self.configuration = configuration }
  }

  /// What was found, in the order of a training's start.
  package let findings: [Finding]

  /// Makes a diagnosis of findings.
  package init(_ findings: [Finding]) { self.findings = findings }

  /// Looks at this machine.
  ///
  /// It takes some seconds, in which ranks are started and images are read.
  ///
  /// - Parameter request: the training.
  /// - Throws: `Failure` of kind usage for ranks that the configuration cannot have.
  package init(_ request: Request) throws(Failure) {
    // A launcher binds each rank to a part of its own CPUs.
    let cores = HostCores(process: request.job == nil ? "self" : "\(getppid())")
    let configuration = request.configuration
    let size =
      request.job?.ranks ?? request.ranks ?? max(1, min(cores.physical, configuration.microShards))
    let ranks = request.job?.hosts.first ?? Array(0..<size)
    let isLaunched = request.job != nil
    findings =
      MPIDiagnosis.findings(ranks: ranks.count, isLaunched: isLaunched)
      + CPUDiagnosis.findings(cores, ranks: ranks.count, isLaunched: isLaunched)
      + (try MemoryDiagnosis(configuration, ranks: ranks, of: size).findings)
      + LimitDiagnosis.findings(configuration, ranks: ranks.count)
      + [FolderDiagnosis(request.runFolder, configuration).finding]
      + [dataFinding(configuration.dataset, from: request.dataFolder)]
      + programFindings()
  }

  /// What is to be said where something is wrong; nil where nothing is.
  package var failure: Failure? {
    let wrong = findings.filter { $0.verdict == .wrong }.map(\.subject)
    if wrong.isEmpty { return nil }
    return Failure(
      .environment,
      "a training does not work here, for \(wrong.joined(separator: ", ")); see the lines that begin "
        + "with wrong")
  }

  /// The result for people: a line for each finding, with what to do below it.
  package var text: String {
    let width = findings.map(\.subject.count).max() ?? 0
    return findings.map { finding in
      let verdict = finding.verdict.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
      let subject = finding.subject.padding(toLength: width + 2, withPad: " ", startingAt: 0)
      let remedy = finding.remedy.map { "; \($0)" } ?? ""
      return verdict + subject + finding.text + remedy
    }.joined(separator: "\n")
  }

  /// The result for programs: one JSON object in one line, with sorted keys.
  ///
  /// - Returns: JSON.
  /// - Throws: `Failure` of kind internal.
  package func jsonText() throws(Failure) -> String { try sortedJSON() }
}
