import DistTrain

/// Everything that is needed to repeat a run to the same bits.
struct RepetitionSection {
  let run: RunRecord
  let digest: (text: String, iteration: Int)?

  var markup: String {
    let configuration = run.configuration
    var parts = [
      HTML.paragraph(
        "The data set has the SHA-256 <code>\(HTML.escaped(configuration.datasetSHA256))</code>. "
          + "The result is the same at any number of ranks, on any CPU with AVX2, with a program that "
          + "computes the bits of numerics \(configuration.numerics)."),
      HTML.commands(commands),
    ]
    for (name, digest) in [
      ("--init-weights", configuration.initialWeightsSHA256), ("--from", configuration.fromSHA256),
    ] {
      if let digest {
        parts.append(
          HTML.note("The run began with a file of SHA-256 \(digest), given with \(name)."))
      }
    }
    if let digest {
      parts.append(
        HTML.paragraph(
          run.isFinished
            ? "It is the same where the last line of output is "
              + "<code>weights sha256 \(HTML.escaped(digest.text))</code>."
            : "It is the same where <code>hashes.csv</code> has at iteration "
              + "\(grouped(digest.iteration)) the digest "
              + "<code>\(HTML.escaped(digest.text))</code>."))
    }
    let folder = (run.path.split(separator: "/").last.map(String.init) ?? run.path).printable
    parts += [
      HTML.paragraph(
        "<code>train.csv</code>, <code>evaluation.csv</code> and <code>hashes.csv</code> are then the "
          + "same bytes, too. A part of it takes less time:"),
      HTML.commands(["disttrain verify --published \(folder)"]),
    ]
    parts += ["<h3>Configuration</h3>", HTML.facts(settings)]
    return HTML.section("To repeat it", parts)
  }

  private var commands: [String] {
    let configuration = run.configuration
    var flags = configuration.commandFlags
    if configuration.initialWeightsSHA256 != nil { flags.append("--init-weights FILE") }
    if configuration.fromSHA256 != nil { flags.append("--from FILE") }
    let train = (["mpirun -np 2 disttrain train"] + flags + ["--run again"])
    var lines: [String] = []
    for word in train {
      if let last = lines.last, last.count + word.count < 76 {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        if !lines.isEmpty { lines[lines.count - 1] += " \\" }
        lines.append(lines.isEmpty ? word : "  \(word)")
      }
    }
    return lines
  }

  private var settings: [(name: String, value: String)] {
    Settings.all.map { setting in
      (setting.key, setting.text(in: run.configuration) ?? "none")
    }
  }
}
