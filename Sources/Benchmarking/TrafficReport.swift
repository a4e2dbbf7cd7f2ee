import Foundation

/// What `bench traffic` counted.
public struct TrafficReport: BenchmarkReport, Codable, Equatable, Sendable {
  /// Messages that go at a time; the next round needs what they bring.
  public struct Round: Codable, Equatable, Sendable {
    /// The most that a rank sends or receives within its host.
    public let inside: Traffic
    /// The most that a rank sends or receives between hosts.
    public let across: Traffic
    /// The most that leaves a host.
    public let host: Traffic
  }

  /// One all-reduce.
  public struct Row: Codable, Equatable, Sendable {
    /// What is reduced.
    public let name: String
    /// How many of it a step does.
    public let perStep: Int
    /// 1 if all ranks exchange with all, 2 if those of a host do first.
    public let levels: Int
    /// What is sent, in order.
    public let rounds: [Round]

    enum CodingKeys: String, CodingKey {
      case name
      case perStep = "per_step"
      case levels, rounds
    }

    /// What a rank sends or receives in all rounds, at most.
    var rank: Traffic { .sum(rounds.map { $0.inside + $0.across }) }

    /// What leaves a host in all rounds, at most.
    var host: Traffic { .sum(rounds.map(\.host)) }
  }

  /// Weighted layers.
  public let depth: Int
  /// Hosts.
  public let hosts: Int
  /// Ranks on each.
  public let ranksPerHost: Int
  /// Micro-shards per step.
  public let microShards: Int
  /// Those of the gradient, batch norm and loss, with one level, then with two if there can be.
  public let rows: [Row]

  enum CodingKeys: String, CodingKey {
    case depth, hosts
    case ranksPerHost = "ranks_per_host"
    case microShards = "micro_shards"
    case rows
  }

  /// The report for people.
  public var text: String {
    let width = max(10, rows.map(\.name.count).max() ?? 0)
    func padded(_ text: String) -> String {
      text.padding(toLength: width, withPad: " ", startingAt: 0)
    }
    let title =
      "depth \(depth), \(hosts) \(hosts == 1 ? "host" : "hosts") of \(ranksPerHost) "
      + "\(ranksPerHost == 1 ? "rank" : "ranks"), \(microShards) micro-shards; at most"
    return
      ([
        title, "",
        "\(padded("all-reduce"))  levels  per step  rounds  messages, bytes of a rank"
          + "  messages, bytes leaving a host",
      ]
      + rows.map { row in
        padded(row.name)
          + String(
            format: "  %6d  %8d  %6d  %8d  %15d  %8d  %20d", row.levels, row.perStep,
            row.rounds.count, row.rank.messages, row.rank.bytes, row.host.messages, row.host.bytes)
      } + Set(rows.map(\.levels)).sorted().map(total)).joined(separator: "\n")
  }

  private func total(levels: Int) -> String {
    let all = Traffic.sum(
      rows.filter { $0.levels == levels }
        .map {
          Traffic(messages: $0.perStep * $0.host.messages, bytes: $0.perStep * $0.host.bytes)
        })
    return "with \(levels == 1 ? "one level" : "two levels") \(all.messages) messages and "
      + "\(all.bytes) bytes leave a host per step"
  }
}
