import ArgumentParser

/// Whole numbers with commas between them, as a flag gives them.
struct NumberList<Number: FixedWidthInteger & Sendable>: ExpressibleByArgument {
  let numbers: [Number]

  init(_ numbers: [Number]) { self.numbers = numbers }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    numbers = parts.compactMap { Number($0) }
    if numbers.count != parts.count { return nil }
  }
}
