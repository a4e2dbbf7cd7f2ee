"""What the watchdog says when it ends a training, and how long the end takes."""

import re
import time

from starts import is_alive

LINE = re.compile(r"watchdog: rank (\d+) on (\S+): iteration \d+, (.+) waited \d+ s; not heard from: (.+)")


class Line:
    """A line of the watchdog."""

    def __init__(self, text):
        self.text = text
        match = LINE.fullmatch(text)
        self.is_sound = match is not None
        if match:
            self.rank, self.collective = int(match[1]), match[3]
            # None where no rank could be told.
            self.missing = None if match[4] == "unknown" else [int(rank) for rank in match[4].split(",")]


def lines(ended):
    """The watchdog's lines of a training that has ended."""
    return [Line(text) for text in ended.errors.splitlines() if text.startswith("watchdog: ")]


def add_margin(parser):
    """Adds the option for how long the end may take."""
    parser.add_argument("--margin", type=int, default=15,
                        help="seconds after the timeout in which all has to be over: 15")


def await_end(start, ranks, begin, patience, is_enough=lambda: False):
    """Waits until all ranks and their launcher have ended: when either had; None where it has not."""
    ranks_gone = launcher_gone = None
    while (time.monotonic() - begin < patience and (ranks_gone is None or launcher_gone is None)
           and not is_enough()):
        seconds = time.monotonic() - begin
        if ranks_gone is None and not any(map(is_alive, ranks)):
            ranks_gone = seconds
        if launcher_gone is None and not start.is_running():
            launcher_gone = seconds
        time.sleep(0.01)
    return ranks_gone, launcher_gone
