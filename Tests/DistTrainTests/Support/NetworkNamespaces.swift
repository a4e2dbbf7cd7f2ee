import Foundation
import Testing

/// Hosts that are network namespaces of this machine, on one bridge.
///
/// Daemons of MPI in two of them take each other for other hosts. They are removed with the last
/// reference.
final class NetworkNamespaces {
  private let prefix = "dt\(getpid())"
  private let network = "10.77.\(getpid() % 250 + 2)"
  private let folder = TemporaryFolder()
  private let ranks: [Int]

  /// Whether this process may make them: it is root on a machine, rather than in a container.
  static let arePermitted: Bool = {
    let name = "dtprobe\(getpid())"
    defer { _ = try? CommandRun(["ip", "netns", "del", name]) }
    return getuid() == 0 && (try? CommandRun(["ip", "netns", "add", name]))?.status == 0
  }()

  /// Makes hosts with these numbers of ranks.
  init(ranks: [Int]) throws {
    self.ranks = ranks
    try ip("link add \(prefix)b type bridge")
    try ip("addr add \(network).1/24 dev \(prefix)b")
    try ip("link set \(prefix)b up")
    for host in ranks.indices {
      let (space, cable) = ("\(prefix)h\(host)", "\(prefix)v\(host)")
      try ip("netns add \(space)")
      try ip("link add \(cable) type veth peer name eth0 netns \(space)")
      try ip("link set \(cable) master \(prefix)b up")
      try ip("-n \(space) addr add \(address(host))/24 dev eth0")
      try ip("-n \(space) link set eth0 up")
      try ip("-n \(space) link set lo up")
    }
    // What mpirun starts instead of ssh, with options, an address and a command. Hosts of one name
    // would take the same files in /dev/shm.
    let agent = """
      #!/bin/bash
      while [[ $1 == -* ]]; do shift; done
      host=\(prefix)h$((${1##*.} - 2))
      shift
      exec ip netns exec $host unshare --uts bash -c "hostname $host; $*"

      """
    try Data(agent.utf8).write(to: URL(fileURLWithPath: folder.file("agent")))
    chmod(folder.file("agent"), 0o755)
  }

  deinit {
    for host in ranks.indices { _ = try? CommandRun(["ip", "netns", "del", "\(prefix)h\(host)"]) }
    _ = try? CommandRun(["ip", "link", "del", "\(prefix)b"])
  }

  private func ip(_ arguments: String) throws {
    let run = try CommandRun(["ip"] + arguments.split(separator: " ").map(String.init))
    try #require(run.status == 0, "ip \(arguments): \(run.errors)")
  }

  private func address(_ host: Int) -> String { "\(network).\(host + 2)" }

  /// `mpirun` on these hosts.
  func mpirun(_ command: [String]) -> [String] {
    let slots = ranks.indices.map { "\(address($0)):\(ranks[$0])" }.joined(separator: ",")
    return [
      "mpirun", "--mca", "plm_rsh_agent", folder.file("agent"), "--host", slots,
      "--mca", "oob_tcp_if_include", "\(network).0/24",
      "--mca", "btl_tcp_if_include", "\(network).0/24", "--mca", "btl", "tcp,vader,self",
      "--mca", "mpi_yield_when_idle", "1", "--bind-to", "none", "-np", "\(ranks.reduce(0, +))",
    ] + command
  }
}
