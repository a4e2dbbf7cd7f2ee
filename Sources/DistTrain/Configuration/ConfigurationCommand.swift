extension Configuration {
  /// The flags of `train` that give this configuration: the recipe's, and those that differ from it.
  ///
  /// - Returns: flags and values as a shell reads them; without the files that a run can begin with.
  package var commandFlags: [String] {
    let settings = Settings.table
    let first: [any SettingProtocol] = [
      settings.recipe, settings.network, settings.depth, settings.dataset, settings.seed,
    ]
    var given = PartialConfiguration()
    for setting in first { give(setting, to: &given) }
    if self.network == .residual { give(settings.shortcut, to: &given) }
    var flags = Settings.all.filter { given.values[$0.key] != nil && differs(from: $0) }
    // Some settings follow from others, so what is given is looked at again each time; a pair of
    // which one is given still lacks the other.
    var base = try? Configuration(given)
    for setting in Settings.all where setting.group != nil && given.values[setting.key] == nil {
      guard let value = stored[setting.key], value != .null, value != base?.stored[setting.key]
      else { continue }
      give(setting, to: &given)
      flags.append(setting)
      base = (try? Configuration(given)) ?? base
    }
    return flags.map { setting in
      let text = setting.text(in: self) ?? ""
      return "\(setting.flag) \(text.isEmpty ? "\"\"" : text)"
    }
  }

  private func give<S: SettingProtocol>(_ setting: S, to given: inout PartialConfiguration) {
    given[setting: setting] = self[setting: setting]
  }

  /// Whether a setting has another value than `train` would give it without flags.
  private func differs(from setting: some SettingProtocol) -> Bool {
    self[setting: setting].stored != setting.storedDefault
  }
}
