import Foundation
import Testing

extension EndToEnd {
  /// Tests that take long, or need programs that training does not.
  @Suite(
    .enabled(
      if: ProcessInfo.processInfo.environment["DISTTRAIN_TEST_MORE"] == "1",
      "run by make test-more"))
  struct More {}
}
