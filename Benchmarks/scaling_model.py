"""A model of one training step on any number of ranks: what docs/scaling.md says in words.

    step = compute + waiting + all-reduces of rows + all-reduce of gradients

Times are microseconds, rates bytes per microsecond, except where a name says otherwise.
"""

import dataclasses
import functools
import statistics

# Measured with `bench allreduce` between two ranks in network namespaces on two Zen 3 cores, medians of
# six runs of 2,000 rounds: the kernel's whole way of a message without a wire. Rows took 15.5-17.0 µs,
# gradients of 1,074,944 bytes, which each rank sends and receives once in two rounds, 574-585 µs.
TCP_LATENCY = 16.0
TCP_GRADIENT = 580.0
# It is the processor that copies, so a rank gets no more than this from a faster wire.
TCP_RANK_RATE = 1_074_944 / (TCP_GRADIENT - 2 * TCP_LATENCY)
# Assumed: two network cards and a switch, one way, by gigabits per second.
WIRE_LATENCY = {10: 10.0, 100: 5.0}
# TCP's payload in Ethernet frames with an MTU of 1,500: 1,448 of 1,538 bytes on the wire.
TCP_SHARE = 1448 / 1538


@dataclasses.dataclass(frozen=True)
class Link:
    """How messages travel: a round of n of them takes latency + (n − 1)·message + bytes / rate."""
    latency: float
    message: float
    rank_rate: float
    host_rate: float = float("inf")


@dataclasses.dataclass(frozen=True)
class Network:
    """What ranks of one host and those of different hosts exchange messages by."""
    name: str
    inside: Link
    across: Link


def shared_memory(all_reduces):
    """The link between ranks of one host, from what two of them measured (`bench allreduce`).

    Every further message of a round is taken to cost as much as the only one of two ranks, which
    contains its latency too: an upper bound.
    """
    rows = {row["name"]: row for row in all_reduces["rows"]}
    gradient = rows.pop("gradient")
    latency = min(row["microseconds"]["median"] for row in rows.values())
    transfer = max(gradient["microseconds"]["median"] - 2 * latency, 1.0)
    return Link(latency, latency, gradient["result_bytes"] / transfer)


def ethernet(gigabits, inside, message):
    """Hosts on Ethernet of a rate; `message` is what a small one costs the processor."""
    return Network(
        f"{gigabits} Gbit/s Ethernet", inside,
        Link(TCP_LATENCY + WIRE_LATENCY[gigabits], message, TCP_RANK_RATE,
             gigabits * 1000 / 8 * TCP_SHARE))


def namespaces(inside, message):
    """Hosts that are network namespaces of one machine: TCP without a wire."""
    return Network("network namespaces", inside, Link(TCP_LATENCY, message, TCP_RANK_RATE))


def round_time(network, exchange):
    """One round of an all-reduce, of what `bench traffic` counted for it."""
    inside, across = exchange["inside"], exchange["across"]
    link = network.across if across["messages"] else network.inside
    further = (across["messages"] * network.across.message
               + inside["messages"] * network.inside.message - link.message)
    transfer = max(across["bytes"] / network.across.rank_rate,
                   exchange["host"]["bytes"] / network.across.host_rate)
    return link.latency + further + transfer + inside["bytes"] / network.inside.rank_rate


def communication(network, traffic, levels):
    """The all-reduces of a step, of rows and of gradients, in milliseconds."""
    times = {True: 0.0, False: 0.0}
    for row in traffic["rows"]:
        if row["levels"] == levels:
            all_reduce = sum(round_time(network, exchange) for exchange in row["rounds"])
            times[row["name"] == "gradient"] += row["per_step"] * all_reduce / 1000
    return {"rows": times[False], "gradient": times[True]}


@functools.cache
def expected_maximum(ranks):
    """The expected greatest of as many standard normal numbers, by integration."""
    cumulative, width = statistics.NormalDist().cdf, 0.002
    points = [width * (index + 0.5) for index in range(4000)]
    return width * sum(1 - cumulative(x) ** ranks - cumulative(-x) ** ranks for x in points)


def waiting(ranks, waiting_of_two):
    """What ranks wait for the slowest at all collectives, from what two with the same work wait.

    Between two collectives ranks take times that are taken to be normal and independent.
    """
    return waiting_of_two * expected_maximum(ranks) / expected_maximum(2) if ranks > 1 else 0.0


def levels_of(traffic):
    """The levels that the program's all-reduces have on these hosts."""
    return max(row["levels"] for row in traffic["rows"])


def step(network, traffic, levels, compute, waiting_of_two):
    """The parts of a step in milliseconds, and their sum."""
    ranks = traffic["hosts"] * traffic["ranks_per_host"]
    parts = {"compute": compute, "waiting": waiting(ranks, waiting_of_two),
             **communication(network, traffic, levels)}
    return {**parts, "step": sum(parts.values())}
