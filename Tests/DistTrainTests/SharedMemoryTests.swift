import Foundation
import Testing

import DistTrain

/// Memory that processes have in common; here both sides are this one.
@Suite struct SharedMemoryTests {
  private func bytes(_ memory: SharedMemory) throws -> [UInt8] {
    try memory.map()
    return Array(Bytes(memory, 0..<memory.byteCount))
  }

  @Test func whoTakesPartReadsWhatAllHaveWritten() throws {
    let first = SharedMemory(byteCount: 10_000, isShared: true)
    let offer = try #require(first.offer)
    let second = try #require(SharedMemory(offer, byteCount: 10_000))
    try first.write([1, 2, 3][1...], at: 4095)
    try second.write([9], at: 9999)
    first.seal()
    var expected = [UInt8](repeating: 0, count: 10_000)
    expected.replaceSubrange(4095..<4097, with: [2, 3])
    expected[9999] = 9
    #expect(try bytes(first) == expected)
    #expect(try bytes(second) == expected)
  }

  @Test func sealedMemoryCannotChangeForAnyone() throws {
    let first = SharedMemory(byteCount: 100, isShared: true)
    let offer = try #require(first.offer)
    let second = try #require(SharedMemory(offer, byteCount: 100))
    #expect(truncate("/proc/self/fd/\(offer.descriptor)", 10) != 0)
    try second.map()
    first.seal()
    for memory in [first, second] {
      let failure = #expect(throws: Failure.self) { try memory.write([1], at: 0) }
      #expect(failure?.kind == .environment)
    }
    #expect(try bytes(second) == [UInt8](repeating: 0, count: 100))
  }

  @Test func anotherFileIsNotTakenForTheOneThatIsOffered() throws {
    let first = SharedMemory(byteCount: 100, isShared: true)
    let other = SharedMemory(byteCount: 100, isShared: true)
    let offer = try #require(first.offer)
    let wrong = try #require(other.offer)
    for forged in [offer.moved(descriptor: wrong.descriptor), offer.moved(toProcess: 0)] {
      #expect(SharedMemory(forged, byteCount: 100) == nil)
    }
  }

  @Test func ownMemoryIsNotOffered() throws {
    let memory = SharedMemory(byteCount: 5, isShared: false)
    try memory.write([7, 8], at: 3)
    memory.seal()
    #expect(memory.offer == nil)
    #expect(try bytes(memory) == [0, 0, 0, 7, 8])
  }

  @Test func bytesOfAnArrayAreItsBytes() {
    let bytes = Bytes([5, 6, 7, 8])
    #expect(bytes.count == 4 && bytes[3] == 8 && bytes.max() == 8)
    #expect(Array(bytes[1..<3]) == [6, 7] && bytes.elementsEqual([5, 6, 7, 8]))
    #expect(Bytes([]).isEmpty)
  }
}

extension EndToEnd {
  @Suite struct SharedData {
    /// Files in memory are files: with a limit on their size each rank loads its own images.
    @Test func ranksThatMayNotShareLoadTheSame() throws {
      let flags = ["--evaluate-every", "0", "--stop-after", "2"]
      let one = try ShortRun(flags)
      let folder = TemporaryFolder()
      let words = ShortRun.flags + ["--run", folder.file("run")] + flags
      let command = "exec \(CommandRun.disttrain) \(words.joined(separator: " "))"
      let apart = try CommandRun(
        CommandRun.mpirun(3, ["bash", "-c", "ulimit -f 100000; \(command)"]))
      #expect(apart.status == 0, "\(apart.errors)")
      #expect(apart.lastLine == one.run.lastLine && apart.lastLine.hasPrefix("weights sha256 "))
    }
  }
}
