import Tensor

/// Messages between pairs of ranks, as reductions use them.
protocol Messenger: AnyObject {
  /// This rank.
  var rank: Int { get }
  /// All ranks and their hosts.
  var topology: HostTopology { get }

  /// Begins a collective; messages are posted next, then ``complete()`` is called.
  ///
  /// - Parameters:
  ///   - collective: what it is for.
  ///   - hops: how many ranks may stand between this one and one that it waits for in the end.
  func begin(_ collective: Collective, hops: Int)

  /// Posts the receipt of bytes that another rank sends, in memory that lives until completion.
  func receive(_ bytes: UnsafeMutableRawBufferPointer, from peer: Int) throws(Failure)

  /// Posts the sending of bytes, which stay unchanged until completion.
  func send(_ bytes: UnsafeRawBufferPointer, to peer: Int) throws(Failure)

  /// Waits until all messages of the current collective have been received and sent.
  func complete() throws(Failure)
}

extension Messenger {
  /// Posts the receipt of elements that another rank sends.
  func receive<Element>(_ view: MemoryView<Element>, from peer: Int) throws(Failure) {
    let bytes = view.count * MemoryLayout<Element>.stride
    try receive(UnsafeMutableRawBufferPointer(start: view.base, count: bytes), from: peer)
  }

  /// Posts the sending of elements, which stay unchanged until completion.
  func send<Element>(_ view: MemoryView<Element>, to peer: Int) throws(Failure) {
    let bytes = view.count * MemoryLayout<Element>.stride
    try send(UnsafeRawBufferPointer(start: view.base, count: bytes), to: peer)
  }
}
