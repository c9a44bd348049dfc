"""`python -m tests.torture`: torture, and tell what was found. Exit code 1 when a promise was broken."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.torture.plants import PLANTS
from tests.torture.runner import Found, Torture, torture

BUCKETS = (0, 1, 10, 20, 40, 60, 80, 100, 150, 200, 256)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mornings", type=int, default=200)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", choices=sorted(PLANTS), default="")
    given = parser.parse_args()
    wish = Torture(given.mornings, given.people, given.seed, plant=given.plant)
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        found = asyncio.run(torture(wish, Path(name), say=lambda line: print(line, flush=True)))  # noqa: T201 - a program
    sys.stdout.write(tell(wish, found))
    return 1 if found.wrong or found.kills_with_requests_open < 0.9 else 0


def tell(wish: Torture, found: Found) -> str:
    """The result, with a histogram of the requests that were open at the kills."""
    lines = [
        f"{len(found.open_at_kill)} mornings of {wish.people}, seed {wish.seed}, each with one SIGKILL",
        f"faults that fired: {dict(found.faults)}",
        f"unconfirmed and listed: {found.unconfirmed}",
        f"kills with requests open: {found.kills_with_requests_open:.0%}",
        "requests open at the kill:",
        *_histogram(found.open_at_kill),
    ]
    lines += found.wrong[:20] or ["every book agrees: nobody twice, nobody left out, everything unconfirmed listed"]
    return "\n".join(lines) + "\n"


def _histogram(counts: list[int]) -> list[str]:
    buckets = Counter(max(bound for bound in BUCKETS if count >= bound) for count in counts)
    return [f"  from {bound:3}: {'#' * buckets[bound]} {buckets[bound]}" for bound in BUCKETS if buckets[bound]]


if __name__ == "__main__":
    sys.exit(main())
