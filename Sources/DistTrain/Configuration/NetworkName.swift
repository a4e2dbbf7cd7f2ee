extension Configuration {
  /// The network in words: `plain 20`, or `residual 20, shortcut A`.
  package var networkName: String {
    self.network == .plain
      ? "plain \(self.depth)" : "residual \(self.depth), shortcut \(self.shortcut.rawValue)"
  }
}
