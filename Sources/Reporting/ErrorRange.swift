/// What the vertical axis of a figure covers, in per cent.
struct ErrorRange: Equatable {
  /// The upper end; the lower one is 0.
  let end: Double

  /// Chooses the range of some curves: to 30, as the figures of the paper and of others, unless most
  /// test errors are above it, as in a short training.
  ///
  /// - Parameter curves: all curves of the figure.
  init(_ curves: [Curve]) {
    let test = curves.flatMap(\.test).map(\.mean)
    let errors = test.isEmpty ? curves.flatMap(\.training).map(\.mean) : test
    func part(above limit: Double) -> Double {
      Double(errors.count { $0 > limit }) / Double(max(errors.count, 1))
    }
    end = part(above: 30) <= 0.5 ? 30 : [40, 60, 80].first { part(above: $0) <= 0.1 } ?? 100
  }

  /// Whether it goes beyond 30.
  var isWidened: Bool { end > 30 }
}
