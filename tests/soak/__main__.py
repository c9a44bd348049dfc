"""Run a soak and report the result: `python -m tests.soak --minutes 30`. Exit code 1 if anything was wrong."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bot.settings import DriverName
from tests.interruption import run
from tests.soak.runner import SoakOptions, SoakResult, soak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--driver", type=DriverName, choices=list(DriverName), default=DriverName.AIOGRAM)
    options = SoakOptions(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        result = run(soak(options, Path(name), report=_write_line))
    _write_line(summary(options, result))
    return 1 if result.complaints else 0


def _write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def summary(options: SoakOptions, result: SoakResult) -> str:
    """Return the figures of the soak and everything that was wrong."""
    first, last = result.rounds[0], result.rounds[-1]
    lines = [
        f"{len(result.rounds)} rounds of {options.people} people on {options.driver}, seed {options.seed}",
        f"sent {result.sent}, unconfirmed and listed {result.unconfirmed}, injected faults {dict(result.faults)}",
        f"commands answered {result.answered} of {result.asked}; broadcasts {result.broadcasts}",
        f"memory {first.resident_mib:.1f} -> {last.resident_mib:.1f} MiB",
        f"descriptors {first.descriptors} -> {last.descriptors}",
        f"tasks {first.tasks} -> {last.tasks}, threads {first.threads} -> {last.threads}",
        *(result.complaints[:40] or ["nothing grew, every row is explained, no traceback"]),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
