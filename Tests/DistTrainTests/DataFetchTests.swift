import Foundation
import Testing

import DistTrain

private let hasPrograms = ["curl", "tar", "gzip", "python3"].allSatisfy {
  ExternalProgram.find($0) != nil
}

extension EndToEnd.More {
  /// Downloads from a server of this machine; no real network.
  @Suite(.enabled(if: hasPrograms, "needs curl, tar, gzip and python3")) struct DataFetches {
    private let server: ArchiveServer
    private let md5Text: String
    private let folder = TemporaryFolder()

    init() throws {
      // Of its own, so that requests of other tests are not in its log.
      let served = TemporaryFolder()
      let black = try BlackArchive.folder.get().file(BlackArchive.name)
      try FileManager.default.copyItem(atPath: black, toPath: served.file("a.tar.gz"))
      server = try ArchiveServer(serving: served)
      md5Text = try md5(black)
    }

    private var part: String { folder.file("cifar-10-binary.tar.gz.part") }
    private var target: String { folder.file("cifar-10-batches-bin") }

    private func arguments(_ how: String, _ file: String = "a.tar.gz") -> [String] {
      [
        "data", "fetch", "--into", folder.path, "--url", server.url(how, file), "--md5", md5Text,
        "--timeout", "2",
      ]
    }

    private func fetch(_ how: String, _ file: String = "a.tar.gz") throws -> CommandRun {
      try CommandRun.disttrain(arguments(how, file))
    }

    private func isWhole(sourceLocation: SourceLocation = #_sourceLocation) throws {
      let names = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]
      for name in names {
        #expect(fileBytes("\(target)/\(name)")?.count == 30_730_000, sourceLocation: sourceLocation)
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left == ["cifar-10-batches-bin"], sourceLocation: sourceLocation)
    }

    @Test func anArchiveIsFetchedAndUnpackedWithNothingBeside() throws {
      let run = try fetch("plain")
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains(target))
      // Images that are not official are no secret.
      #expect(run.errors.contains("not the official CIFAR-10"))
      try isWhole()
    }

    @Test(arguments: [
      ("plain", ["plain bytes="]), ("noranges", ["noranges bytes=", "noranges all"]),
      ("wrongrange", ["wrongrange bytes=", "wrongrange all"]),
      ("wrongbytes", ["wrongbytes bytes=", "wrongbytes all"]),
    ])
    func aCutDownloadIsContinuedAsFarAsTheServerCan(how: String, asked: [String]) throws {
      let cut = try fetch("cut")
      #expect(cut.status == 74 && cut.errors.contains("run again to go on"), "\(cut.errors)")
      let there = try #require(fileBytes(part)).count
      #expect(there > 0 && !FileManager.default.fileExists(atPath: target))
      let run = try fetch(how)
      #expect(run.status == 0, "\(run.errors)")
      let requests = Array(server.requests.dropFirst())
      #expect(requests.count == asked.count)
      for (request, start) in zip(requests, asked) { #expect(request.hasPrefix(start)) }
      #expect(requests.first?.hasSuffix("bytes=\(there)-") == true)
      try isWhole()
    }

    @Test func ofAWholePartialFileNothingIsAskedFor() throws {
      try FileManager.default.copyItem(atPath: server.folder.file("a.tar.gz"), toPath: part)
      #expect(try fetch("plain").status == 0)
      #expect(server.requests.isEmpty)
      try isWhole()
    }

    /// The server has nothing after its end.
    @Test func aPartialFileThatIsTooLongOrOfAnotherArchiveIsReplaced() throws {
      let bytes = try #require(fileBytes(server.folder.file("a.tar.gz")))
      for other in [bytes + [0, 1, 2], Array(bytes.prefix(9)) + [9, 9, 9]] {
        try Data(other).write(to: URL(fileURLWithPath: part))
        let run = try fetch("plain")
        #expect(run.status == 0, "\(run.errors)")
        try isWhole()
        try FileManager.default.removeItem(atPath: target)
      }
    }

    @Test func aServerThatFallsSilentEndsTheDownload() throws {
      let run = try fetch("stall")
      #expect(run.status == 74 && run.ownErrors.last?.contains("2 s") == true, "\(run.errors)")
      #expect(run.errors.contains("run again to go on"))
      #expect(fileBytes(part)?.isEmpty == false)
    }

    @Test func anotherFileIsRefusedAndNotKept() throws {
      for (how, word) in [("page", "web page"), ("nolength", "MD5")] {
        let run = try fetch(how)
        #expect(run.status == 65 && run.errors.contains(word), "\(run.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
      }
      let missing = try fetch("plain", "none")
      #expect(missing.status == 74 && missing.errors.contains("404"), "\(missing.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func aPageInPlaceOfTheRestCostsNothingThatIsThere() throws {
      _ = try fetch("cut")
      let before = fileBytes(part)
      let run = try fetch("page")
      #expect(run.status == 65 && run.errors.contains("web page"), "\(run.errors)")
      #expect(fileBytes(part) == before)
      #expect(try fetch("plain").status == 0)
      try isWhole()
    }

    @Test func twoAtOnceMakeOne() throws {
      let first = try RunningCommand([CommandRun.disttrain] + arguments("plain"))
      let second = try fetch("plain")
      let end = first.finish(timeout: 60)
      // Whoever comes second finds images that are not the official ones, or none.
      #expect([end.status, second.status].contains(0), "\(end.errors)\(second.errors)")
      #expect([0, 65].contains(end.status) && [0, 65].contains(second.status))
      try isWhole()
    }

    @Test func otherFilesInTheWayStay() throws {
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
      try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(target)/mine"))
      let run = try fetch("plain")
      #expect(run.status == 65 && run.errors.contains("in the way"), "\(run.errors)")
      #expect(server.requests.isEmpty && fileText("\(target)/mine") == "mine")
    }

    @Test(.enabled(if: realDataFolder != nil, "CIFAR-10 is not where the program looks"))
    func whatIsThereIsNotFetchedAgain() throws {
      let real = try #require(realDataFolder)
      try FileManager.default.createSymbolicLink(
        atPath: target, withDestinationPath: real)
      let run = try fetch("plain")
      #expect(run.status == 0 && run.output.contains("already"), "\(run.errors)")
      #expect(server.requests.isEmpty)
    }

    /// Archives of one bad entry, made by a line of shell.
    @Test(arguments: [
      ("ln -s /etc/passwd cifar-10-batches-bin/data_batch_1.bin", "", "no regular file"),
      ("touch cifar-10-batches-bin/surprise", "", "surprise"),
      ("echo evil > evil", "--transform=s,^,../, evil", "../evil"),
      ("echo evil > evil", "--absolute-names --transform=s,^,/tmp/, evil", "/tmp/evil"),
      ("echo short > cifar-10-batches-bin/data_batch_2.bin", "", "30730000"),
      ("mkfifo cifar-10-batches-bin/data_batch_1.bin", "", "no regular file"),
      ("true", "", "lacks"),
    ])
    func anArchiveOfAnythingElseIsRefused(make: String, tar: String, word: String) throws {
      let names = tar.isEmpty ? "cifar-10-batches-bin" : tar
      let made = try CommandRun([
        "sh", "-c",
        "cd \"$0\" && mkdir cifar-10-batches-bin && \(make) && tar -czf bad.tar.gz \(names)",
        server.folder.path,
      ])
      try #require(made.status == 0, "\(made.errors)")
      var flags = arguments("plain", "bad.tar.gz")
      flags[try #require(flags.firstIndex(of: md5Text))] = try md5(
        server.folder.file("bad.tar.gz"))
      let run = try CommandRun.disttrain(flags)
      #expect(run.status == 65 && run.errors.contains(word), "\(run.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
      #expect(!FileManager.default.fileExists(atPath: "/tmp/evil"))
    }

    @Test func aFullDiskKeepsWhatWasLoaded() throws {
      let disk = folder.file("disk")
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      let mount = try CommandRun(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk])
      if mount.status != 0 {
        print("SKIPPED a download to a full disk: mount is not permitted")
        return
      }
      defer { _ = try? CommandRun(["umount", disk]) }
      let run = try CommandRun.disttrain(arguments("plain") + ["--into", disk])
      #expect(run.status == 74 && run.errors.contains("free some space"), "\(run.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: disk).count == 1)
      // Room for the archive, but not for what is in it.
      _ = try CommandRun(["mount", "-o", "remount,size=2m", disk])
      let full = try CommandRun.disttrain(arguments("plain") + ["--into", disk])
      #expect(full.status == 74 && full.errors.contains("No space left"), "\(full.errors)")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: disk)
          == ["cifar-10-binary.tar.gz.part"])
    }

    @Test func aMissingProgramIsNamed() throws {
      let run = try CommandRun.disttrain(arguments("plain"), environment: ["PATH": folder.path])
      #expect(run.status == 69 && run.errors.contains("apt-get install curl"), "\(run.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func aStopKeepsWhatIsThereAndEndsTheDownload() throws {
      var flags = arguments("stall")
      flags[flags.count - 1] = "60"
      let running = try RunningCommand([CommandRun.disttrain] + flags)
      #expect(running.wait { (fileBytes(part)?.count ?? 0) > 0 })
      kill(running.process.processIdentifier, SIGTERM)
      let run = running.finish(timeout: 30)
      #expect(run.status == 75 && run.errors.contains("run again"), "\(run.errors)")
      #expect(fileBytes(part)?.isEmpty == false)
      let next = try fetch("plain")
      #expect(next.status == 0, "\(next.errors)")
    }
  }
}

extension EndToEnd {
  /// What needs no program, and no server.
  @Suite struct DataSets {
    private let folder = TemporaryFolder()

    @Test(arguments: [
      (["--md5", "0123"], ["--md5", "--url"]),
      (["--url", "http://localhost/x", "--md5", "0123"], ["--md5 0123", "32"]),
      (["--url", "ftp://localhost/x"], ["ftp://localhost/x"]),
      (["--dataset", "synthetic"], ["synthetic", "no files"]),
      (["--timeout", "0"], ["--timeout 0"]),
    ])
    func flagsThatCannotBe(flags: [String], words: [String]) throws {
      let run = try CommandRun.disttrain(["data", "fetch", "--into", folder.path] + flags)
      #expect(run.status == 64 && run.ownErrors.count == 1, "\(run.errors)")
      for word in words { #expect(run.errors.contains(word), "\(run.errors)") }
    }

    @Test func otherImagesAreToldFromTheOfficialOnes() throws {
      try writeZeroBatches(folder.path)
      let run = try CommandRun.disttrain(["data", "check", "--data", folder.path, "--json"])
      #expect(run.status == 65 && run.ownErrors.count == 1, "\(run.errors)")
      #expect(run.errors.contains("not the official CIFAR-10"))
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
      #expect(object["official"] as? Bool == false)
      #expect((object["mean"] as? [Double]) == [0, 0, 0])
      let text = try CommandRun.disttrain(["data", "check", "--data", folder.path], ranks: 2)
      #expect(text.status == 65 && text.output.contains("10000 test images"), "\(text.errors)")
      truncate(folder.file("data_batch_4.bin"), 30_729_999)
      let short = try CommandRun.disttrain(["data", "check", "--data", folder.path])
      #expect(short.status == 65 && short.ownErrors.count == 1, "\(short.errors)")
      #expect(
        short.errors.contains("not the official CIFAR-10") && short.errors.contains("30729999"))
    }

    @Test(.enabled(if: realDataFolder != nil, "CIFAR-10 is not where the program looks"))
    func theOfficialImagesHaveTheKnownMeans() throws {
      let data = try #require(realDataFolder)
      let run = try CommandRun.disttrain(["data", "check", "--data", data, "--json"])
      #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
      #expect(object["official"] as? Bool == true)
      // As published by many.
      for (key, values) in [
        ("mean", [0.49140, 0.48216, 0.44653]), ("std", [0.24703, 0.24349, 0.26159]),
      ] {
        let got = try #require(object[key] as? [Double])
        for (left, right) in zip(got, values) { #expect(abs(left - right) < 1e-5) }
      }
      let training = try #require(object["training"] as? [String: Any])
      #expect(training["classes"] as? [Int] == [Int](repeating: 5000, count: 10))
    }

    @Test func whatIsMissingOrCannotBeWrittenHasItsCode() throws {
      let none = try CommandRun.disttrain(["data", "check", "--data", folder.file("none")])
      #expect(none.status == 66 && none.ownErrors.count == 1, "\(none.errors)")
      try writeZeroBatches(folder.path)
      let closed = try CommandRun([
        "sh", "-c", "\(CommandRun.disttrain) data check --data \(folder.path) >&-",
      ])
      #expect(closed.status == 74, "\(closed.errors)")
    }
  }
}
