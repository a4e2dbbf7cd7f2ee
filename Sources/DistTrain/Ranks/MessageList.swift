import CMPI

/// The messages of one collective with their MPI requests, in memory that is kept between
/// collectives so that a training step allocates nothing.
final class MessageList {
  struct Message {
    let peer: Int
    let bytes: Int
    let isReceive: Bool
    /// What keeps the memory that MPI reads or writes.
    let memory: AnyObject
  }

  private var messages: [Message] = []
  private var requests: UnsafeMutablePointer<cmpi_request>
  private var statuses: UnsafeMutablePointer<cmpi_status>
  private var capacity = 64

  init() {
    requests = .allocate(capacity: capacity)
    statuses = .allocate(capacity: capacity)
    messages.reserveCapacity(capacity)
  }

  deinit {
    requests.deallocate()
    statuses.deallocate()
  }

  var count: Int { messages.count }

  func removeAll() { messages.removeAll(keepingCapacity: true) }

  /// Adds a message and gives the place of its request.
  package func append(_ message: Message) -> UnsafeMutablePointer<cmpi_request> {
    if messages.count == capacity { grow() }
    messages.append(message)
    return requests + (messages.count - 1)
  }

  private func grow() {
    let larger = UnsafeMutablePointer<cmpi_request>.allocate(capacity: 2 * capacity)
    larger.initialize(from: requests, count: capacity)
    requests.deallocate()
    requests = larger
    statuses.deallocate()
    statuses = .allocate(capacity: 2 * capacity)
    capacity *= 2
  }

  /// Lets MPI progress, and says whether all messages are complete.
  func test() -> (isDone: Bool, code: CInt) {
    var flag: CInt = 0
    let code = cmpi_test_all(CInt(messages.count), requests, &flag, statuses)
    return (flag != 0, code)
  }

  /// The peers whose messages have not arrived; without any, those who have not taken ours.
  ///
  /// Asking changes nothing, so the messages may still arrive.
  func missingPeers() -> [Int] {
    var receives: Set<Int> = []
    var sends: Set<Int> = []
    for (index, message) in messages.enumerated() {
      var flag: CInt = 0
      let code = cmpi_peek(requests + index, &flag)
      if code == cmpi_success() && flag != 0 { continue }
      if message.isReceive { receives.insert(message.peer) } else { sends.insert(message.peer) }
    }
    return (receives.isEmpty ? sends : receives).sorted()
  }

  /// Checks that every message had the size that its receiver expected.
  func checkSizes(_ collective: String) throws(Failure) {
    for (index, message) in messages.enumerated() where message.isReceive {
      let bytes = cmpi_received_bytes(statuses + index)
      if Int(bytes) != message.bytes {
        throw Failure(
          .disagreement,
          "\(collective): rank \(message.peer) sent \(bytes) bytes where \(message.bytes) were "
            + "expected; start all ranks with the same build and flags")
      }
    }
  }

  /// What an error of ``test()`` means.
  func failure(_ code: CInt, _ collective: String) -> Failure {
    if code == cmpi_err_in_status() {
      for (index, message) in messages.enumerated() {
        let error = cmpi_status_error(statuses + index)
        var errorClass: CInt = 0
        MPI_Error_class(error, &errorClass)
        if errorClass == cmpi_err_truncate() {
          return Failure(
            .disagreement,
            "\(collective): rank \(message.peer) sent more than the \(message.bytes) bytes "
              + "expected; start all ranks with the same build and flags")
        }
      }
    }
    return MPIError(call: "MPI_Testall in \(collective)", code: code).failure
  }
}
