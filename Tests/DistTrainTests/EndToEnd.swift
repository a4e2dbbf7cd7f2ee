import Testing

/// Tests that start whole programs, one after the other: they need all cores.
@Suite(.serialized) struct EndToEnd {}
