import Tensor

/// Combines node sums of all ranks along the tree, as a plan says, in memory made beforehand.
///
/// On the way up through the levels, a reduce-scatter: each rank receives of every node what it owns,
/// and combines. On the way down, an all-gather of the finished parts. See ``AllReducePlan``.
package final class TreeAllReduce<Element: BitwiseCopyable & AdditiveArithmetic> {
  package typealias View = MemoryView<Element>

  private let messenger: any Messenger
  private let plan: AllReducePlan
  private let reduceScatter: Collective
  private let allGather: Collective
  /// What is kept of all nodes of each level's group, [nodes][kept].
  private let slots: [View]

  /// Makes an all-reduce.
  ///
  /// - Parameters:
  ///   - messenger: the ranks.
  ///   - plan: this rank's way.
  ///   - unitElements: the most elements of a unit.
  ///   - reduceScatter: what the watchdog calls bringing sums together.
  ///   - allGather: what it calls giving everyone the results.
  package init(
    _ messenger: any Messenger, plan: AllReducePlan, unitElements: Int, reduceScatter: Collective,
    allGather: Collective
  ) {
    self.messenger = messenger
    self.plan = plan
    self.reduceScatter = reduceScatter
    self.allGather = allGather
    slots = plan.levels.map { level in
      View(zeros: level.nodeCounts.reduce(0, +) * level.kept.count * unitElements)
    }
  }

  /// Combines.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - results: receives each root's result, [roots][elements], the same on every rank.
  ///   - nodeSum: gives the sum of each node of this rank, [elements].
  ///   - merge: combines the row of a node with that of the node after it; told the leaves of both.
  /// - Throws: `Failure` if communication fails.
  package func reduce(
    into results: View, nodeSum: (Int) -> View,
    merge: (_ row: View, _ leaves: Int, _ other: View, _ otherLeaves: Int) -> Void
  ) throws(Failure) {
    let unit = results.count / (plan.roots * plan.units)
    for index in plan.levels.indices {
      messenger.begin(reduceScatter)
      try reduceScatter(index, unit, nodeSum)
      try messenger.complete()
      for step in plan.levels[index].merges {
        merge(
          slot(index, step.into, unit), step.leaves, slot(index, step.from, unit),
          step.otherLeaves)
      }
    }
    takeRoots(results, unit)
    for index in plan.levels.indices.reversed() {
      messenger.begin(allGather)
      try allGather(index, results)
      try messenger.complete()
    }
  }

  private func slot(_ level: Int, _ index: Int, _ unit: Int) -> View {
    slots(level, index..<index + 1, unit)
  }

  private func slots(_ level: Int, _ range: Range<Int>, _ unit: Int) -> View {
    let size = plan.levels[level].kept.count * unit
    return slots[level][range.lowerBound * size..<range.upperBound * size]
  }

  /// Posts what members of a level's group send each other, and keeps this rank's own.
  private func reduceScatter(_ index: Int, _ unit: Int, _ nodeSum: (Int) -> View) throws(Failure) {
    let level = plan.levels[index]
    func part(_ units: Range<Int>, ofNode node: Int) -> View {
      let first = (units.lowerBound - level.units.lowerBound) * unit
      let sum =
        index == 0
        ? nodeSum(node) : slot(index - 1, plan.levels[index - 1].outputs[node], unit)
      return sum[first..<first + units.count * unit]
    }
    func section(_ member: Int) -> Range<Int> {
      level.firstSlots[member]..<level.firstSlots[member] + level.nodeCounts[member]
    }
    let own = section(level.place)
    for (node, position) in own.enumerated() {
      slot(index, position, unit).copy(from: part(level.kept, ofNode: node))
    }
    for (member, peer) in level.members.enumerated() where member != level.place {
      if level.own.isEmpty { continue }
      if level.isWhole {
        try messenger.receive(slots(index, section(member), unit), from: peer)
      } else {
        for position in section(member) {
          try messenger.receive(slot(index, position, unit), from: peer)
        }
      }
    }
    for (member, peer) in level.members.enumerated() where member != level.place {
      if level.owned[member].isEmpty { continue }
      if level.isWhole {
        try messenger.send(slots(index, own, unit), to: peer)
      } else {
        for node in 0..<own.count {
          try messenger.send(part(level.owned[member], ofNode: node), to: peer)
        }
      }
    }
  }

  /// Copies the finished part of this rank to the results.
  private func takeRoots(_ results: View, _ unit: Int) {
    let index = plan.levels.count - 1
    let own = plan.levels[index].own
    if own.isEmpty { return }
    for (root, position) in plan.levels[index].outputs.enumerated() {
      let first = (root * plan.units + own.lowerBound) * unit
      results[first..<first + own.count * unit].copy(from: slot(index, position, unit))
    }
  }

  /// Posts the finished parts that members of a level's group send each other.
  private func allGather(_ index: Int, _ results: View) throws(Failure) {
    let level = plan.levels[index]
    let unit = results.count / plan.units
    func part(_ member: Int) -> View {
      let units = level.owned[member]
      return results[units.lowerBound * unit..<units.upperBound * unit]
    }
    for (member, peer) in level.members.enumerated()
    where level.sends(from: member, to: level.place) {
      try messenger.receive(part(member), from: peer)
    }
    for (member, peer) in level.members.enumerated()
    where level.sends(from: level.place, to: member) {
      try messenger.send(part(level.place), to: peer)
    }
  }
}
