"""Run the torture and report the result: `python -m tests.torture`. Exit code 1 if a promise was broken."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bot.settings import DriverName
from tests.interruption import run
from tests.torture.mutations import MUTATIONS
from tests.torture.outages import KINDS
from tests.torture.runner import TortureOptions, TortureResult, torture

_HISTOGRAM_BUCKETS = (0, 1, 10, 20, 40, 60, 80, 100, 150, 200, 256)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mornings", type=int, default=100)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--driver", type=DriverName, choices=list(DriverName), default=DriverName.AIOGRAM)
    parser.add_argument("--outage", choices=KINDS, default="", help="the only kind of outage (default: all)")
    parser.add_argument("--mutation", choices=sorted(MUTATIONS), default="")
    options = TortureOptions(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        result = run(torture(options, Path(name), report=_write_line))
    sys.stdout.write(summary(options, result))
    return 1 if result.disagreements or result.share_of_kills_with_open_requests < 0.9 else 0


def _write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def summary(options: TortureOptions, result: TortureResult) -> str:
    """Return the result with a histogram of the requests that were open at the kills."""
    lines = [
        f"{result.mornings} mornings of {options.people} on {options.driver}, seed {options.seed}",
        "each with an outage, a flood and a SIGKILL",
        f"injected faults: {dict(result.faults)}",
        f"unconfirmed and listed: {result.unconfirmed}",
        f"rich messages refused and replaced: {result.refused}",
        f"mornings in which the machine stood still: {result.standstills}",
        *_outages(result),
        f"kills outside of outages with requests open: {result.share_of_kills_with_open_requests:.0%}",
        "requests open at the kill:",
        *_histogram(result.open_at_kill),
    ]
    lines += result.disagreements[:20] or [
        "every ledger agrees: nobody twice, nobody left out, everything unconfirmed listed"
    ]
    return "\n".join(lines) + "\n"


def _outages(result: TortureResult) -> list[str]:
    """Return how often each kind of outage came, what it cost at most, and how near to its bound that was."""
    lines = ["outages, with the most parts that one left unconfirmed, and the bound then:"]
    for kind in sorted({outage.kind for outage, _ in result.outages}):
        those = [(cost, outage.bound) for outage, cost in result.outages if outage.kind == kind]
        cost, bound = max(those)
        lines.append(f"  {kind:12} {len(those):3}: {cost:3} of {bound}")
    return lines


def _histogram(counts: list[int]) -> list[str]:
    buckets = Counter(max(bound for bound in _HISTOGRAM_BUCKETS if count >= bound) for count in counts)
    return [
        f"  from {bound:3}: {'#' * buckets[bound]} {buckets[bound]}" for bound in _HISTOGRAM_BUCKETS if buckets[bound]
    ]


if __name__ == "__main__":
    sys.exit(main())
