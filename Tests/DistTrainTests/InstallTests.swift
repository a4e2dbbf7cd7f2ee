import Foundation
import Testing

import DistTrain

extension EndToEnd {
  @Suite struct Install {
    private let folder = TemporaryFolder()

    private func make(_ target: String) throws -> CommandRun {
      try CommandRun([
        "make", "-C", packageFolder, target, "DESTDIR=\(folder.path)", "PREFIX=/opt/here",
        "DISTTRAIN=\(CommandRun.disttrain)",
      ])
    }

    private var files: Set<String> {
      Set(snapshot(folder.path).filter { $0.value != "folder" }.keys)
    }

    @Test func theProgramAndItsCompletionsComeAndGo() throws {
      let install = try make("install")
      #expect(install.status == 0, "\(install.errors)")
      let completions = [
        ("bash", "opt/here/share/bash-completion/completions/disttrain"),
        ("zsh", "opt/here/share/zsh/site-functions/_disttrain"),
        ("fish", "opt/here/share/fish/vendor_completions.d/disttrain.fish"),
      ]
      #expect(files == Set(["opt/here/bin/disttrain"] + completions.map(\.1)))
      let version = try CommandRun([folder.file("opt/here/bin/disttrain"), "--version"])
      #expect(version.output == "\(ProgramVersion.summary)\n")
      for (shell, file) in completions {
        let script = try CommandRun.disttrain(["--generate-completion-script", shell]).output
        #expect(!script.isEmpty && fileText(folder.file(file)) == script)
      }
      let parsed = try CommandRun(["bash", "-n", folder.file(completions[0].1)])
      #expect(parsed.status == 0, "\(parsed.errors)")
      // Completed by bash as a person would.
      let completed = try CommandRun([
        "bash", "-c",
        """
        source "$0"; COMP_WORDS=(disttrain train --shortc); COMP_CWORD=2; COMP_LINE='disttrain train \
        --shortc'; COMP_POINT=${#COMP_LINE}; _disttrain disttrain --shortc train; \
        echo "${COMPREPLY[@]}"
        """, folder.file(completions[0].1),
      ])
      #expect(completed.output.contains("--shortcut"), "\(completed.errors)")
      #expect(try make("uninstall").status == 0)
      #expect(files.isEmpty)
    }
  }
}
