import Tensor

/// One rank's part in one level of an all-reduce.
///
/// The members of a group, each with the sums of some nodes, send the parts of them that other
/// members own to those, who add them up to the largest whole nodes that the group covers. Later,
/// when owners have the final results of their parts, they send these to the others.
///
/// The elements to reduce are counted in units, of which messages and parts hold a whole number. A
/// single unit cannot be cut: each owner then owns all of it.
final class AllReduceLevel: Sendable {
  /// The ranks of the group, in the order of their leaves.
  let members: [Int]
  /// The position of this rank among the members.
  let place: Int
  /// What the group reduces.
  let units: Range<Int>
  /// The part that each member owns; empty for members that own nothing.
  let owned: [Range<Int>]
  /// How many nodes each member brings; each has a slot, in the order of leaves.
  let nodeCounts: [Int]
  /// The first slot of each member.
  let firstSlots: [Int]
  /// The combinations, in order.
  let merges: [SummationTree.Merge]
  /// The slots in which the group's whole nodes end up.
  let outputs: [Int]

  /// Makes a level.
  ///
  /// - Parameters:
  ///   - rank: this rank.
  ///   - members: the ranks of the group.
  ///   - leaves: the leaves of each member, adjacent and in order.
  ///   - roots: the trees.
  ///   - units: what the group reduces.
  ///   - owners: how many of the members, the first ones, own a part.
  init(
    rank: Int, members: [Int], leaves: [Range<Int>], roots: [SummationTree.Node],
    units: Range<Int>, owners: Int
  ) {
    self.members = members
    place = members.firstIndex(of: rank) ?? 0
    self.units = units
    owned = members.indices.map { Self.part($0, of: units, owners: owners) }
    let nodesOfMembers = leaves.map { SummationTree.cover($0, roots: roots) }
    nodeCounts = nodesOfMembers.map(\.count)
    firstSlots = nodesOfMembers.indices.map { nodesOfMembers[..<$0].reduce(0) { $0 + $1.count } }
    let nodes = nodesOfMembers.flatMap { $0 }
    let all = (leaves.first?.lowerBound ?? 0)..<(leaves.last?.upperBound ?? 0)
    let schedule = SummationTree.schedule(
      merging: nodes, roots: SummationTree.cover(all, roots: roots))
    merges = schedule.merges
    outputs = schedule.rootSlots
  }

  private static func part(_ place: Int, of units: Range<Int>, owners: Int) -> Range<Int> {
    if place >= owners { return units.upperBound..<units.upperBound }
    if units.count == 1 { return units }
    func bound(_ index: Int) -> Int { units.lowerBound + units.count * index / owners }
    return bound(place)..<bound(place + 1)
  }

  /// The part that this rank owns.
  var own: Range<Int> { owned[place] }

  /// Whether sums travel whole, those of all nodes of a member in one message.
  var isWhole: Bool { units.count == 1 }

  /// What of each node this rank keeps in a slot: what it owns, or what it sends in one message.
  var kept: Range<Int> { isWhole ? units : own }

  /// Whether a member needs to be sent what another one owns.
  func sends(from owner: Int, to member: Int) -> Bool {
    let (part, present) = (owned[owner], owned[member])
    return !part.isEmpty && owner != member
      && (part.lowerBound < present.lowerBound || part.upperBound > present.upperBound)
  }
}
