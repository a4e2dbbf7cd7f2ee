import CLinux
import CMPI
import Foundation
import Tensor

/// Told when collectives begin and end on this rank.
package protocol CollectiveObserver: AnyObject {
  /// This rank has come to a collective.
  func collectiveBegins()
  /// All messages of the collective have been received and sent.
  func collectiveEnds()
}

/// The ranks of a run, over MPI's non-blocking messages.
///
/// Everything that ranks do together is posted as messages between pairs and completed by one
/// polling loop, which is also the watchdog: it knows what is waited for, since when, and from whom.
/// A message's tag carries the number and kind of its collective, so collectives that ranks call in
/// different orders do not match silently.
public final class Communicator: Messenger {
  /// This rank.
  public let rank: Int
  /// The number of ranks.
  public let size: Int
  /// The name of this rank's host.
  public let hostName: String
  /// The ranks of each host.
  package let topology: HostTopology
  /// The iteration that the watchdog reports.
  public var iteration = 0
  /// Seconds after which the watchdog ends the job.
  public let timeout: Double
  /// Bytes sent to other ranks so far.
  package private(set) var sentBytes = 0
  /// Told of each collective's begin and end.
  package var observer: (any CollectiveObserver)?

  let reporter: WaitReporter
  private var sequence = 0
  /// The collective up to which other processes are taken to share this rank's core.
  private var crowdEnds = 0
  /// How often they had taken it at the last look.
  private var lastPreemptions = 0
  private var collective = Collective.barrier
  private let messages = MessageList()
  private let stuckRanks: StuckRanks

  /// Starts MPI.
  ///
  /// Called once per process. A program started without a launcher is one rank. The calling thread's
  /// sleeps last no longer than asked for from then on.
  ///
  /// **Ranks**: collective.
  ///
  /// - Parameters:
  ///   - timeout: seconds after which the watchdog ends the job.
  ///   - reporter: told of long waits.
  /// - Throws: `Failure` of kind environment if MPI cannot start, or is not what the ranks need.
  public init(timeout: Double, reporter: WaitReporter) throws(Failure) {
    self.timeout = timeout
    self.reporter = reporter
    clinux_sleep_precisely()
    let speaker = Speaker(
      reporter: reporter, rank: RankEnvironment.rank, host: ProcessInfo.processInfo.hostName,
      iteration: 0)
    let start = try Patience.limited(
      to: timeout, expired: { speaker.look("start of MPI", after: $0, timeout: timeout) }
    ) { () throws(Failure) -> Start in
      do throws(MPIError) { return try Start() } catch { throw error.startFailure }
    }
    try start.check()
    rank = start.rank
    size = start.size
    hostName = start.hostName
    topology = start.topology
    stuckRanks = StuckRanks(rank: rank, size: size)
    try RankEnvironment.checkSize(size, environment: ProcessInfo.processInfo.environment)
  }

  /// Ends MPI.
  ///
  /// **Ranks**: collective.
  public func finalize() {
    let (speaker, timeout) = (speaker, timeout)
    Patience.limited(
      to: timeout, expired: { speaker.look("end of MPI", after: $0, timeout: timeout) }
    ) {
      _ = cmpi_finalize()
    }
  }

  /// Ends all ranks with an exit code, without their consent.
  ///
  /// - Parameter code: the exit code of the job.
  public func abort(code: Int32) { cmpi_abort(code) }

  /// Begins a collective; messages are posted next, then ``complete()`` is called.
  ///
  /// - Parameter collective: what it is for.
  package func begin(_ collective: Collective) {
    self.collective = collective
    sequence += 1
    messages.removeAll()
    observer?.collectiveBegins()
  }

  private var tag: CInt { CInt(collective.tag(sequence: sequence)) }

  /// Posts the receipt of elements that another rank sends, in memory that is kept until then.
  package func receive<Element>(_ view: MemoryView<Element>, from peer: Int) throws(Failure) {
    let bytes = view.count * MemoryLayout<Element>.stride
    try post(bytes, peer: peer, isReceive: true, view.memory, "MPI_Irecv") { [tag] request in
      cmpi_receive(view.base, CInt(bytes), CInt(peer), tag, request)
    }
  }

  /// Posts the sending of elements, which stay unchanged until completion.
  package func send<Element>(_ view: MemoryView<Element>, to peer: Int) throws(Failure) {
    let bytes = view.count * MemoryLayout<Element>.stride
    sentBytes += bytes
    try post(bytes, peer: peer, isReceive: false, view.memory, "MPI_Isend") { [tag] request in
      cmpi_send(view.base, CInt(bytes), CInt(peer), tag, request)
    }
  }

  private func post(
    _ bytes: Int, peer: Int, isReceive: Bool, _ memory: AnyObject, _ call: String,
    _ start: (UnsafeMutablePointer<cmpi_request>) -> CInt
  ) throws(Failure) {
    precondition(bytes <= CInt.max, "a message of \(bytes) bytes")
    let request = messages.append(
      MessageList.Message(peer: peer, bytes: bytes, isReceive: isReceive, memory: memory))
    let code = start(request)
    if code != cmpi_success() { throw MPIError(call: call, code: code).failure }
  }

  /// Waits until all messages of the current collective have been received and sent.
  ///
  /// The watchdog ends the process if that takes longer than ``timeout``.
  package func complete() throws(Failure) {
    if messages.count == 0 { return }
    lookForCrowd()
    var patience: Patience?
    var polls = 0
    while true {
      let (isDone, code) = messages.test()
      if code != cmpi_success() { throw messages.failure(code, collective.name) }
      if isDone { break }
      polls += 1
      if polls < Self.eagerPolls || !isCrowded && polls % Self.eagerPolls != 0 { continue }
      let waited = patience?.seconds ?? 0
      pause(afterWaiting: waited)
      if patience == nil { patience = Patience() }
      patience?.look()
      look(waited)
    }
    stuckRanks.release()
    observer?.collectiveEnds()
    try messages.checkSizes(collective.name)
  }
}

/// How a rank waits: it polls, and gives way to others between polls.
///
/// The rank that is waited for may be one that this one keeps from the core. Asleep, this one leaves it
/// the core, and keeps its claim on it for when the message is there; if it polled on or yielded, other
/// processes would take the turns that it then needs. Where it has a core of its own, waking up takes
/// longer than most waits.
extension Communicator {
  /// Polls before the first pause; most waits end before it, within 15 µs.
  private static let eagerPolls = 256
  /// Collectives after which a rank looks again whether it has its core to itself, how often it must
  /// have lost it to share it, and for how many collectives that is then taken for granted.
  private static let collectivesPerLook = 64
  private static let preemptionsOfCrowd = 8
  private static let crowdedCollectives = 1024

  private var isCrowded: Bool { sequence < crowdEnds }

  /// Looks now and then whether other processes take this rank's core.
  private func lookForCrowd() {
    if sequence % Self.collectivesPerLook != 0 { return }
    let preemptions = clinux_preemptions()
    if preemptions - lastPreemptions > Self.preemptionsOfCrowd {
      crowdEnds = sequence + Self.crowdedCollectives
    }
    lastPreemptions = preemptions
  }

  /// Gives way for a moment; asleep the longer, the longer this rank has waited.
  private func pause(afterWaiting seconds: Double) {
    if !isCrowded && seconds < 0.02 {
      sched_yield()
      return
    }
    let microseconds = min(max(1e6 * seconds / 16, 20), 200)
    var time = timespec(tv_sec: 0, tv_nsec: Int(1000 * microseconds))
    nanosleep(&time, nil)
  }
}

/// What the watchdog does.
extension Communicator {
  /// Seconds that ranks wait for rank 0 to write.
  var savingPatience: Double { max(10 * timeout, 600) }

  /// Ends the process if the current collective is stuck, and if this rank is the one to say so.
  private func look(_ seconds: Double) {
    // Another rank may come to the end of its patience first, and asks how far this one has come.
    if seconds <= min(timeout, 1) { return }
    let isAnotherStuck = stuckRanks.isAnotherStuck()
    if seconds <= timeout && !isAnotherStuck { return }
    var missing = messages.missingPeers()
    var patience = timeout
    if collective == .saving && missing == [0] {
      if rank == 1 {
        stuckRanks.noticeOnce { reporter.notice("rank 0 has been saving for \(Int(seconds)) s") }
      }
      patience = savingPatience
    } else if collective == .saving {
      // Rank 0 writes; another one that is missing has no such excuse.
      missing.removeAll { $0 == 0 }
    }
    if seconds <= patience && !isAnotherStuck { return }
    if stuckRanks.isTold { reporter.end(nil) }
    if stuckRanks.isTurn(after: seconds, sequence: sequence) {
      stuckRanks.speak()
      let names = missing.map(String.init).joined(separator: ",")
      speaker.end(collective.name, after: seconds, missing: names)
    }
  }

  /// What speaks of this rank as of now.
  var speaker: Speaker {
    Speaker(reporter: reporter, rank: rank, host: hostName, iteration: iteration)
  }
}

/// What MPI says of the ranks when it is up.
private struct Start {
  let rank: Int
  let size: Int
  let hostName: String
  let topology: HostTopology
  private let isThreadLevelGranted: Bool
  private let largestTag: Int

  init() throws(MPIError) {
    var granted: CInt = 0
    var size: CInt = 0
    var rank: CInt = 0
    var largestTag: CInt = 0
    var length: CInt = 0
    var name = [CChar](repeating: 0, count: Int(cmpi_max_processor_name()) + 1)
    try MPIError.check(cmpi_init(&granted), "MPI_Init_thread")
    try MPIError.check(cmpi_size(&size), "MPI_Comm_size")
    try MPIError.check(cmpi_rank(&rank), "MPI_Comm_rank")
    try MPIError.check(cmpi_largest_tag(&largestTag), "MPI_Comm_get_attr")
    try MPIError.check(MPI_Get_processor_name(&name, &length), "MPI_Get_processor_name")
    isThreadLevelGranted = granted != 0
    self.largestTag = Int(largestTag)
    self.rank = Int(rank)
    self.size = Int(size)
    hostName = String(decoding: name.prefix(Int(length)).map(UInt8.init), as: UTF8.self)
    topology = HostTopology(firstRanks: try Self.firstRanksOfHosts(rank: rank, size: size))
  }

  /// For each rank, the lowest rank with which it can share memory.
  ///
  /// MPI is asked, since names do not tell: containers on two machines may have the same name.
  private static func firstRanksOfHosts(rank: CInt, size: CInt) throws(MPIError) -> [Int] {
    var first: CInt = 0
    var all = [CInt](repeating: 0, count: Int(size))
    try MPIError.check(cmpi_first_rank_of_host(rank, &first), "MPI_Comm_split_type")
    try MPIError.check(cmpi_all_gather_int(first, &all), "MPI_Allgather")
    return all.map { Int($0) }
  }

  /// Checks that MPI gives what the ranks need.
  func check() throws(Failure) {
    if !isThreadLevelGranted {
      throw Failure(
        .environment,
        "this MPI does not grant MPI_THREAD_SERIALIZED; use one that was built with threads")
    }
    if largestTag < Collective.reportTag {
      throw Failure(
        .environment,
        "this MPI's largest tag is \(largestTag), below the \(Collective.reportTag) of the "
          + "standard; use another network layer of it, or another MPI")
    }
  }
}
