import Foundation
import Testing

import DistTrain

private let canMakeDebian =
  getuid() == 0 && (try? CommandRun(["mmdebstrap", "--version"]))?.status == 0
  && (try? CommandRun(["unshare", "--mount", "true"]))?.status == 0

extension EndToEnd.More {
  /// What `make dist` packs for machines without Swift.
  @Suite struct Distribution {
    private static let name = "disttrain-\(ProgramVersion.release)-x86-64-v3"

    private let folder = TemporaryFolder()

    /// Packs it under a mask of permissions, in a folder.
    private func pack(_ archive: String, mask: String = "022") throws -> String {
      let path = folder.file(archive)
      let made = try CommandRun(
        [
          "bash", "-c", "umask \(mask); exec make -C '\(packageFolder)' dist DIST='\(path)'",
        ], timeout: 900)
      try #require(made.status == 0, "\(made.output)\(made.errors)")
      return path
    }

    @Test func itIsTheSameBytesWheneverItIsPacked() throws {
      let archive = try pack("first.tar.gz")
      #expect(difference(archive, try pack("second.tar.gz", mask: "077")) == nil)
      let list = try CommandRun(["tar", "-tzf", archive]).output
      let files = Set(list.split(separator: "\n").filter { !$0.hasSuffix("/") }.map(String.init))
      let expected = [
        "INSTALL", "README.md", "CHANGELOG.md", "CITATION.cff", "docs/reference.md",
        "bin/disttrain", "share/bash-completion/completions/disttrain",
        "share/zsh/site-functions/_disttrain", "share/fish/vendor_completions.d/disttrain.fish",
      ].map { "\(Self.name)/\($0)" }
      #expect(files.subtracting(["\(Self.name)/LICENSE"]) == Set(expected))
    }

    /// The release that this machine has, whose libraries the program is linked against.
    private static var release: String? {
      fileText("/etc/os-release").firstMatch(of: /(?m)^VERSION_CODENAME=(.+)$/)
        .map { String($0.1) }
    }

    /// A Debian of nothing but what it cannot be without, and some packages; removed with the folder.
    private func makeDebian(_ packages: Substring) throws -> String {
      let root = folder.file("debian")
      let made = try CommandRun(
        [
          "mmdebstrap", "--mode=root", "--variant=apt",
          "--include=\(packages.replacing(" ", with: ","))", try #require(Self.release), root,
        ], timeout: 900)
      try #require(made.status == 0, "\(made.errors)")
      return root
    }

    /// A command in a root folder; what is mounted there goes with its processes.
    private func inside(_ root: String, _ command: [String]) -> [String] {
      let script = """
        mount --bind /proc "$0/proc" && mount -t tmpfs none "$0/dev/shm" && exec chroot "$0" "$@"
        """
      return ["unshare", "--mount", "bash", "-c", script, root] + command
    }

    @Test(.enabled(if: canMakeDebian, "needs root that may mount, and mmdebstrap"))
    func itTrainsToTheSameBitsOnABareDebian() throws {
      let unpack = try CommandRun(["tar", "-C", folder.path, "-xzf", pack("here.tar.gz")])
      try #require(unpack.status == 0, "\(unpack.errors)")
      let install = fileText(folder.file("\(Self.name)/INSTALL"))
      let packages = try #require(
        install.firstMatch(of: /\n    apt-get install --no-install-recommends (.+)\n/)?.1)
      let copy = try #require(install.firstMatch(of: /\n    (cp -r .+)\n/)?.1)
      let root = try makeDebian(packages)
      try FileManager.default.moveItem(
        atPath: folder.file(Self.name), toPath: "\(root)/opt/disttrain")
      let installed = try CommandRun(
        inside(root, ["sh", "-c", "cd /opt/disttrain && \(copy) && disttrain --version"]))
      #expect(
        installed.output
          == "DistTrain \(ProgramVersion.release), numerics \(Configuration.currentNumerics), AVX2\n",
        "\(installed.errors)")
      let training = [
        "train", "--dataset", "synthetic", "--depth", "8", "--global-batch", "32", "--iterations",
        "4", "--evaluate-every", "4", "--run",
      ]
      let here = try CommandRun.disttrain(training + [folder.file("run")])
      try #require(here.lastLine.hasPrefix("weights sha256 "), "\(here.errors)")
      for command in [["disttrain"], CommandRun.mpirun(2, ["disttrain"])] {
        let there = try CommandRun(
          inside(root, command + training + ["/tmp/run\(command.count)"]))
        #expect(there.status == 0, "\(there.errors)")
        #expect(there.lastLine == here.lastLine)
      }
    }
  }
}
