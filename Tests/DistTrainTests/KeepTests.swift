import Foundation
import Testing

/// `hostfiles/keep`, with a launcher and hosts that do as they are told.
@Suite struct KeepTests {
  private let folder = TemporaryFolder()

  /// Takes the next word of a file as its code, notes its arguments, and does what `act` says of it.
  private static let launcher = """
    #!/bin/bash
    cd "$(dirname "$0")"
    read -r code rest < codes
    echo "$rest" > codes
    echo "$@" >> calls
    cat "$2" >> hosts
    [ ! -x act ] || ./act "$code"
    [ "$code" != signal ] || { trap 'exit 75' USR1; touch ready; while true; do sleep 0.05; done; }
    exit "$code"
    """

  private func write(_ name: String, _ text: String) throws {
    try Data("\(text)\n".utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    chmod(folder.file(name), 0o755)
  }

  private func prepare(codes: String, hostfile: String, lost: String) throws -> [String] {
    try write("mpirun", Self.launcher)
    try write("codes", codes)
    try write("hostfile", hostfile)
    // Commands on the hosts run here; those that are lost do not answer.
    try write("agent", "#!/bin/bash\n[ \"$1\" != '\(lost)' ] && eval \"$2\"")
    return [
      "env", "KEEP_MPIRUN=\(folder.file("mpirun"))", "KEEP_AGENT=\(folder.file("agent"))",
      "KEEP_PAUSE=0", packageFolder + "/hostfiles/keep", folder.file("hostfile"), "8", "disttrain",
      "train", "--run", folder.file("run"),
    ]
  }

  private func keep(
    codes: String, hostfile: String = "one slots=4\ntwo slots=8", lost: String = ""
  ) throws -> CommandRun {
    try CommandRun(prepare(codes: codes, hostfile: hostfile, lost: lost), timeout: 60)
  }

  /// The arguments of each start.
  private var calls: [String] {
    fileText(folder.file("calls")).split(separator: "\n").map(String.init)
  }

  /// Begins a run as a training would, and writes a checkpoint more at each start.
  private func makeProgress() throws {
    try write(
      "act",
      "#!/bin/bash\nmkdir -p run/checkpoints; touch run/config.json\n"
        + "touch run/checkpoints/step-$(printf %08d $(wc -l < calls)).safetensors")
  }

  @Test(arguments: [0, 64, 65, 66, 69, 74, 76])
  func whatStartingAgainCannotMendEnds(code: Int32) throws {
    let run = try keep(codes: "\(code) 0")
    #expect(run.status == code && calls.count == 1, "\(run.errors)")
  }

  @Test(arguments: ["70", "137", "75", "1", "70 137 75 1 255 70 70 70"])
  func whatEndedARunIsFollowedByAResume(codes: String) throws {
    try makeProgress()
    let run = try keep(codes: "\(codes) 0")
    #expect(run.status == 0, "\(run.errors)")
    #expect(calls.count == codes.split(separator: " ").count + 1)
    #expect(calls.first?.hasSuffix("/run") == true, "\(calls)")
    #expect(calls.dropFirst().allSatisfy { $0.hasSuffix("/run --resume") }, "\(calls)")
  }

  @Test func withoutACheckpointItEndsAtLast() throws {
    let run = try keep(codes: "70 70 70 70 137 0")
    #expect(run.status == 137 && calls.count == 5, "\(run.errors)")
    // Nothing is resumed that never began.
    #expect(!calls.joined().contains("--resume"))
  }

  @Test func aHostThatIsLostIsLeftOut() throws {
    try makeProgress()
    let run = try keep(codes: "137 0", hostfile: "# all\none slots=4\ntwo slots=8 x=1", lost: "two")
    #expect(run.status == 0 && run.errors.contains("two does not answer"), "\(run.errors)")
    #expect(fileText(folder.file("hosts")) == "one slots=4\none slots=4\n")
    #expect(calls.allSatisfy { $0.contains(" -np 4 disttrain train ") }, "\(calls)")
  }

  @Test func asManyRanksAsWereAskedForAreStartedAtMost() throws {
    _ = try keep(codes: "0")
    #expect(calls.first?.contains(" -np 8 disttrain") == true, "\(calls)")
  }

  @Test func aRunIsNotBegunAnewWhereItIsNotSeen() throws {
    try makeProgress()
    let command = try prepare(codes: "70 0", hostfile: "one slots=4", lost: "")
    try write("agent", "#!/bin/bash\n[ \"${2%% *}\" = true ]")
    let run = try CommandRun(command, timeout: 60)
    #expect(run.status == 66 && calls.count == 1, "\(run.errors)")
    #expect(run.errors.contains("one does not see \(folder.file("run"))"))
  }

  @Test(arguments: [SIGUSR1, SIGTERM, SIGINT])
  func aSignalStopsTheRunAfterItsCheckpoint(signal: Int32) throws {
    let keep = try RunningCommand(prepare(codes: "signal 0", hostfile: "one slots=1", lost: ""))
    #expect(keep.wait { FileManager.default.fileExists(atPath: folder.file("ready")) })
    kill(keep.process.processIdentifier, signal)
    let run = keep.finish(timeout: 60)
    #expect(run.status == 75 && calls.count == 1, "\(run.errors)")
  }

  @Test(arguments: ["one", "one slots=0", "one slots=4\ntwo max_slots=3"])
  func aHostWithoutSlotsIsRefused(hostfile: String) throws {
    let run = try keep(codes: "0", hostfile: hostfile)
    #expect(run.status == 64 && run.errors.contains("has no slots=N") && calls.isEmpty)
  }
}
