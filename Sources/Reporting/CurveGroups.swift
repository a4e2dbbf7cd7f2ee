import DistTrain
import ResNet

/// Puts runs together to curves, and gives these names and colours that tell them apart.
public struct CurveGroups: Sendable {
  /// The curves, in the order of their first runs.
  public let curves: [Curve]

  /// Groups runs: those of equal configuration but for the seed are one curve.
  ///
  /// - Parameters:
  ///   - runs: what was read.
  ///   - labels: names for the curves, in their order; none for names after what differs.
  ///   - inPanels: whether plain and residual networks are apart, so that they can share colours.
  /// - Throws: `Failure` of kind usage if two runs are the same training, or if there are names, but
  ///   not one for each curve.
  public init(
    _ runs: [RunRecord], labels: [String] = [], inPanels: Bool = false
  ) throws(Failure) {
    var groups: [[RunRecord]] = []
    for run in runs {
      let place = groups.firstIndex { $0[0].configuration.isOfSameCurve(as: run.configuration) }
      guard let place else {
        groups.append([run])
        continue
      }
      if let same = groups[place].first(where: { $0.configuration == run.configuration }) {
        throw Failure(
          .usage,
          "\(same.path) and \(run.path) are the same training, seed \(run.configuration.seed); give one "
            + "of them")
      }
      groups[place].append(run)
    }
    guard labels.isEmpty || labels.count == groups.count else {
      throw Failure(
        .usage,
        "there are \(labels.count) --label for \(groups.count) curves; give one for each curve, "
          + "where runs that differ in nothing but the seed are one")
    }
    let names = labels.isEmpty ? Self.names(groups.map { $0[0].configuration }) : labels
    let colors = Self.colors(groups.map { $0[0].configuration }, inPanels: inPanels)
    curves = groups.indices.map {
      Curve(label: names[$0], color: colors[$0], runs: groups[$0])
    }
  }

  /// The curves in panels: plain networks, and residual ones.
  public var panels: [Panel] {
    Architecture.Kind.allCases.compactMap { kind in
      let own = curves.filter { $0.runs[0].configuration.network == kind }
      return own.isEmpty ? nil : Panel(title: kind.rawValue, curves: own)
    }
  }

  /// Networks' names, and what else differs where some have the same.
  private static func names(_ configurations: [Configuration]) -> [String] {
    let short = configurations.map(\.shortName)
    return configurations.indices.map { index in
      let equal = configurations.indices.filter { short[$0] == short[index] }
      let differences = Set(
        equal.flatMap { other in
          configurations[index].differences(from: configurations[other]).map(\.flag)
        })
      let remarks = Settings.all.filter {
        differences.contains($0.flag) && $0.key != Settings.table.seed.key
          && !Self.impliedKeys.contains($0.key)
      }.map { "\($0.flag.dropFirst(2)) \($0.text(in: configurations[index]) ?? "none")" }
      return ([short[index]] + remarks).joined(separator: ", ")
    }
  }

  /// What follows from other settings, or says nothing to people.
  private static let impliedKeys: Set<String> = [
    Settings.table.classes.key, Settings.table.parameters.key, Settings.table.datasetSHA256.key,
  ]

  /// By shortcut where that tells all apart, else by depth, else as different as may be.
  private static func colors(
    _ configurations: [Configuration], inPanels: Bool
  ) -> [CurveColor] {
    let depths = Set(configurations.map(\.depth)).sorted()
    let schemes: [[CurveColor]] = [
      configurations.map { CurveColor.network($0.network, $0.shortcut) },
      configurations.map { configuration in
        let isNamed = depths.allSatisfy { CurveColor.depth($0) != nil }
        return (isNamed ? CurveColor.depth(configuration.depth) : nil)
          ?? .number(depths.firstIndex(of: configuration.depth) ?? 0, of: depths.count)
      },
    ]
    let apart = schemes.first { colors in
      let places = zip(configurations, colors).map { configuration, color in
        (inPanels ? configuration.network.rawValue : "") + color.strong
      }
      return Set(places).count == places.count
    }
    return apart ?? configurations.indices.map { .number($0, of: configurations.count) }
  }
}

extension Configuration {
  /// Whether runs of two configurations differ in the seed at most.
  fileprivate func isOfSameCurve(as other: Configuration) -> Bool {
    differences(from: other).allSatisfy { $0.flag == Settings.table.seed.flag }
  }

  /// The network's name, such as `plain 20` or `residual 20 A`.
  public var shortName: String {
    let name = "\(self.network.rawValue) \(self.depth)"
    return self.network == .plain ? name : "\(name) \(self.shortcut.rawValue)"
  }
}
