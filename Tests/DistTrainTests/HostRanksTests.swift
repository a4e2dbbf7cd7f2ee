import Foundation
import Testing

import DistTrain

@Suite struct HostRanksTests {
  private let folder = TemporaryFolder()

  /// Writes what the kernel shows of a process.
  private func add(_ process: Int, _ state: String, parent: Int, _ environment: [String]) throws {
    let path = folder.file("proc/\(process)")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try "\(process) (a (very) odd name) \(state) \(parent) 7 7 0".write(
      toFile: path + "/stat", atomically: true, encoding: .utf8)
    try environment.joined(separator: "\0").write(
      toFile: path + "/environ", atomically: true, encoding: .utf8)
  }

  private func rank(_ rank: Int) -> [String] {
    ["PATH=/bin", "EMPTY=", "OMPI_COMM_WORLD_RANK=\(rank)", "OMPI_COMM_WORLD_SIZE=9", "A=b=c"]
  }

  @Test func ranksOfTheLauncherAreToldApartByWhetherTheyRun() throws {
    for (process, rank, state) in [
      (20, 3, "T"), (21, 0, "S"), (22, 8, "R"), (23, 5, "D"), (24, 4, "t"),
    ] {
      try add(process, state, parent: 10, self.rank(rank))
    }
    // Of another launcher, of none, and one whose surroundings may not be read.
    try add(30, "T", parent: 11, rank(1))
    try add(31, "T", parent: 10, ["PATH=/bin"])
    try add(32, "T", parent: 10, rank(2))
    try FileManager.default.removeItem(atPath: folder.file("proc/32/environ"))
    try "".write(toFile: folder.file("proc/uptime"), atomically: true, encoding: .utf8)
    let ranks = HostRanks(parent: 10, root: folder.file(""))
    #expect(ranks.awake == [0, 8] && ranks.halted == [3, 4, 5])
  }

  /// Of ranks 4 to 8, rank 5 is stopped and rank 4 has spoken and ended.
  @Test(arguments: [(6, 2, 1), (7, 3, 2), (8, 4, 3)])
  func aRankThatHasEndedKeepsItsTurn(rank: Int, localRank: Int, turn: Int) throws {
    for (process, rank, state) in [(21, 5, "T"), (22, 6, "S"), (23, 7, "S"), (24, 8, "S")] {
      try add(process, state, parent: 10, self.rank(rank))
    }
    let ranks = HostRanks(parent: 10, root: folder.file(""))
    #expect(ranks.turn(of: rank, localRank: localRank) == turn)
    #expect(ranks.turn(of: rank, localRank: nil) == turn - 1)
  }

  @Test func theFirstAwakeRankHasTheFirstTurn() throws {
    for (process, rank, state) in [(20, 0, "T"), (21, 1, "S"), (22, 2, "S")] {
      try add(process, state, parent: 10, self.rank(rank))
    }
    let ranks = HostRanks(parent: 10, root: folder.file(""))
    #expect(ranks.turn(of: 1, localRank: 1) == 0 && ranks.turn(of: 2, localRank: 2) == 1)
  }

  @Test func withoutALauncherThereAreNone() {
    let ranks = HostRanks()
    #expect(ranks.awake.isEmpty && ranks.halted.isEmpty)
  }
}
