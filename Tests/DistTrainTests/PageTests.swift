import Foundation
import Testing

private let hasBrowser = ["chromium", "python3"].allSatisfy {
  (try? CommandRun([$0, "--version"]))?.status == 0
}

/// What `Tests/Shims/page.py` says of a view.
private struct View: Decodable {
  let width: Int
  let scheme: String
  let scrollWidth: Int
  let background: String
  let heading: String
  let polylines: Int
  let images: Int
  let brokenImages: Int
  let smallestTick: Double
  let requests: [String]
  let complaints: [String]
}

extension EndToEnd.More {
  /// A report in a browser, on a narrow and a wide screen, light and dark.
  @Suite(.enabled(if: hasBrowser, "needs chromium and python3, of packages of their names"))
  struct Page {
    @Test func aReportFitsTheScreenAndNeedsNothing() throws {
      let run = try ShortRun()
      let path = run.file("report.html")
      #expect(try CommandRun.disttrain(["report", run.file("")]).status == 0)
      let shown = try CommandRun(["python3", "\(packageFolder)/Tests/Shims/page.py", path])
      try #require(shown.status == 0, "\(shown.errors)")
      let views = try JSONDecoder().decode([View].self, from: Data(shown.output.utf8))
      try #require(views.count == 4)
      for view in views {
        #expect(view.scrollWidth <= view.width, "\(view)")
        #expect(view.requests.allSatisfy { $0.hasSuffix("/run/report.html") }, "\(view)")
        #expect(view.complaints.isEmpty && view.brokenImages == 0 && view.images == 24, "\(view)")
        #expect(view.heading == "residual 8 A on the synthetic set" && view.polylines == 8)
        #expect(view.smallestTick > 9, "\(view)")
        #expect((view.background == "rgb(255, 255, 255)") == (view.scheme == "light"), "\(view)")
      }
    }
  }
}
