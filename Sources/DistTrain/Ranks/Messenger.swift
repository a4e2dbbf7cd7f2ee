import Tensor

/// Messages between pairs of ranks, as reductions use them.
package protocol Messenger: AnyObject {
  /// This rank.
  var rank: Int { get }
  /// All ranks and their hosts.
  var topology: HostTopology { get }

  /// Begins a collective; messages are posted next, then ``complete()`` is called.
  ///
  /// - Parameter collective: what it is for.
  func begin(_ collective: Collective)

  /// Posts the receipt of elements that another rank sends, in memory that is kept until then.
  func receive<Element>(_ view: MemoryView<Element>, from peer: Int) throws(Failure)

  /// Posts the sending of elements, which stay unchanged until completion.
  func send<Element>(_ view: MemoryView<Element>, to peer: Int) throws(Failure)

  /// Waits until all messages of the current collective have been received and sent.
  func complete() throws(Failure)
}
