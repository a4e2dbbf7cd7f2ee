import Foundation
import ResNet

/// The lines in which a run tells how it goes.
enum Progress {
  /// A line for a row of `train.csv`.
  static func line(
    iteration: Int, of iterations: Int, epoch: Double, loss: Double, error: Double,
    imagesPerSecond: Double, secondsLeft: Double
  ) -> String {
    let place = String(format: "iteration %d/%d  epoch %.2f", iteration, iterations, epoch)
    let numbers = String(format: "loss %.4f  error %.2f %%", loss, 100 * error)
    let speed = String(format: "%.0f images/s", imagesPerSecond)
    return "\(place)  \(numbers)  \(speed)  \(duration(secondsLeft)) left"
  }

  /// A line for a row of `evaluation.csv`, which measures test images, or training images that were
  /// held out.
  static func line(
    evaluation: Metrics, isHeldOut: Bool, iteration: Int, trainError: Double
  ) -> String {
    let what = isHeldOut ? "held-out" : "test"
    let error = String(format: "error %.2f %%", 100 * evaluation.error)
    let loss = String(format: "loss %.4f", evaluation.loss)
    return
      "iteration \(iteration)  \(what) \(error) (\(evaluation.errors) of \(evaluation.images))  "
      + "\(what) \(loss)  train " + String(format: "error %.2f %%", 100 * trainError)
  }

  /// Seconds in the two largest units that say something.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole >= 86_400 { return "\(whole / 86_400) d \(whole % 86_400 / 3600) h" }
    if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    if whole >= 60 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole) s"
  }

  /// A moment as clocks and calendars of this place show it.
  static func clockTime(_ date: Date) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "EEE d MMM HH:mm"
    return formatter.string(from: date)
  }
}
