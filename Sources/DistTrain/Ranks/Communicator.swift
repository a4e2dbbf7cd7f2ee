import CMPI
import Foundation
import Tensor

/// What all ranks do together; its name is what the watchdog reports.
enum Collective: Int {
  case agreement, broadcast, barrier, batchNorm, loss, gradientSlices, gradient, evaluation

  var name: String {
    switch self {
    case .agreement: "agreement"
    case .broadcast: "broadcast"
    case .barrier: "barrier"
    case .batchNorm: "batch-norm reduction"
    case .loss: "loss reduction"
    case .gradientSlices: "gradient reduce-scatter"
    case .gradient: "gradient all-gather"
    case .evaluation: "evaluation reduction"
    }
  }
}

/// The ranks of a run, over MPI's non-blocking messages.
///
/// Everything that ranks do together is posted as messages between pairs and completed by one
/// polling loop, which is also the watchdog: it knows what is waited for, since when, and from whom.
/// A message's tag carries the number and kind of its collective, so collectives that ranks call in
/// different orders never match silently.
public final class Communicator: Messenger {
  /// This rank.
  public let rank: Int
  /// The number of ranks.
  public let size: Int
  /// The name of this rank's host.
  public let hostName: String
  /// The ranks of each host.
  let topology: HostTopology
  /// The iteration that the watchdog reports.
  public var iteration = 0
  /// Seconds after which the watchdog ends the job.
  public var timeout = 300.0
  /// Seconds spent waiting for other ranks so far.
  public private(set) var waitingSeconds = 0.0
  /// Bytes sent to other ranks so far.
  private(set) var sentBytes = 0
  /// Told of each collective's begin and end, when steps are measured.
  var clock: StepClock?

  private var sequence = 0
  private var hops = 0
  private var collective = Collective.barrier
  private let messages = MessageList()

  /// Starts MPI.
  ///
  /// Called once per process. A program started without a launcher is one rank.
  ///
  /// - Throws: `Failure` if MPI cannot start.
  public init() throws(Failure) {
    do throws(MPIError) {
      var provided: CInt = 0
      var size: CInt = 0
      var rank: CInt = 0
      var length: CInt = 0
      var name = [CChar](repeating: 0, count: Int(cmpi_max_processor_name()) + 1)
      try MPIError.check(cmpi_init(&provided), "MPI_Init_thread")
      try MPIError.check(cmpi_return_errors(), "MPI_Comm_set_errhandler")
      try MPIError.check(MPI_Comm_size(cmpi_comm_world(), &size), "MPI_Comm_size")
      try MPIError.check(MPI_Comm_rank(cmpi_comm_world(), &rank), "MPI_Comm_rank")
      try MPIError.check(MPI_Get_processor_name(&name, &length), "MPI_Get_processor_name")
      self.rank = Int(rank)
      self.size = Int(size)
      topology = HostTopology(firstRanks: try Self.firstRanksOfHosts(rank: rank, size: size))
      hostName = String(decoding: name.prefix(Int(length)).map(UInt8.init), as: UTF8.self)
    } catch {
      throw error.failure
    }
  }

  /// For each rank, the lowest rank with which it can share memory.
  ///
  /// MPI is asked, since names do not tell: containers on two machines may have the same name.
  ///
  /// **Ranks**: collective.
  private static func firstRanksOfHosts(rank: CInt, size: CInt) throws(MPIError) -> [Int] {
    var first: CInt = 0
    var all = [CInt](repeating: 0, count: Int(size))
    try MPIError.check(cmpi_first_rank_of_host(rank, &first), "MPI_Comm_split_type")
    try MPIError.check(cmpi_all_gather_int(first, &all), "MPI_Allgather")
    return all.map { Int($0) }
  }

  /// Ends MPI.
  ///
  /// **Ranks**: collective.
  public func finalize() { MPI_Finalize() }

  /// Ends all ranks with an exit code, without their consent.
  ///
  /// - Parameter code: the exit code of the job.
  public func abort(code: Int32) -> Never {
    MPI_Abort(cmpi_comm_world(), code)
    exit(code)
  }

  /// Begins a collective; messages are posted next, then ``complete()`` is called.
  ///
  /// - Parameters:
  ///   - collective: what it is for.
  ///   - hops: how many ranks may stand between this one and one that it waits for in the end. The
  ///     watchdog is that many seconds more patient, so that the rank next to the missing one, which
  ///     knows its name, speaks first.
  func begin(_ collective: Collective, hops: Int = 0) {
    self.collective = collective
    self.hops = hops
    sequence += 1
    messages.removeAll()
    clock?.beginCollective()
  }

  /// The tag of the current collective's messages; MPI allows at least 2³⁰ of them here.
  private var tag: CInt { CInt((sequence & 0x3f_ffff) << 4 | collective.rawValue) }

  /// Posts the receipt of bytes that another rank sends.
  func receive(_ bytes: UnsafeMutableRawBufferPointer, from peer: Int) throws(Failure) {
    try post(bytes.count, peer: peer, isReceive: true, "MPI_Irecv") { [tag] request in
      MPI_Irecv(
        bytes.baseAddress, CInt(bytes.count), cmpi_byte(), CInt(peer), tag, cmpi_comm_world(),
        request)
    }
  }

  /// Posts the sending of bytes, which stay unchanged until completion.
  func send(_ bytes: UnsafeRawBufferPointer, to peer: Int) throws(Failure) {
    sentBytes += bytes.count
    try post(bytes.count, peer: peer, isReceive: false, "MPI_Isend") { [tag] request in
      MPI_Isend(
        bytes.baseAddress, CInt(bytes.count), cmpi_byte(), CInt(peer), tag, cmpi_comm_world(),
        request)
    }
  }

  private func post(
    _ bytes: Int, peer: Int, isReceive: Bool, _ call: String,
    _ start: (UnsafeMutablePointer<MPI_Request?>) -> CInt
  ) throws(Failure) {
    precondition(bytes <= CInt.max, "a message of \(bytes) bytes")
    let request = messages.append(
      MessageList.Message(peer: peer, bytes: bytes, isReceive: isReceive))
    let code = start(request)
    if code != cmpi_success() { throw MPIError(call: call, code: code).failure }
  }

  /// Waits until all messages of the current collective have been received and sent.
  ///
  /// The watchdog ends the process if that takes longer than ``timeout``.
  func complete() throws(Failure) {
    if messages.count == 0 { return }
    let start = monotonicSeconds()
    var polls = 0
    while true {
      let (isDone, code) = messages.test()
      if code != cmpi_success() { throw messages.failure(code, collective.name) }
      if isDone { break }
      polls += 1
      // The clock costs as much as a poll; a stuck rank is noticed soon enough.
      if polls % 256 == 0 && monotonicSeconds() - start > timeout + Double(hops) {
        endBecauseStuck(seconds: monotonicSeconds() - start)
      }
    }
    waitingSeconds += monotonicSeconds() - start
    clock?.endCollective(collective)
    try messages.checkSizes(collective.name)
  }

  /// Reports who was not heard from and ends this process; a peer that hangs leaves no other way.
  private func endBecauseStuck(seconds: Double) -> Never {
    let missing = messages.missingPeers().map(String.init).joined(separator: ",")
    writeToStandardError(
      "watchdog: rank \(rank) on \(hostName): iteration \(iteration), \(collective.name) waited "
        + "\(Int(seconds)) s; not heard from: \(missing)")
    _exit(Failure.Kind.internal.rawValue)
  }
}

/// Seconds of a clock that only goes forward.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}

/// Writes one line to standard error with one call, so that lines of ranks do not mix.
///
/// - Parameter line: the line, without its end.
public func writeToStandardError(_ line: String) {
  FileHandle.standardError.write(Data((line + "\n").utf8))
}
