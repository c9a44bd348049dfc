"""Torture a fleet and report the result: `python -m tests.fleet`. Exit code 1 if a promise was broken.

Three processes run twenty bots on a PostgreSQL server of their own, and each second one of them is killed, frozen or
stopped. The same seed draws the same faults.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bot.settings import DriverName
from tests.fleet.torture import FleetOptions, FleetResult, torture
from tests.interruption import run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--bots", type=int, default=20)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--rate", type=int, default=30, help="messages a second of each bot")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two faults")
    parser.add_argument("--drop", type=float, default=0.002, help="share of calls that are not answered")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--driver", type=DriverName, choices=list(DriverName), default=DriverName.AIOGRAM)
    parser.add_argument("--mutation", default="", help="a mutation of tests/mutations that is to be found")
    given = vars(parser.parse_args())
    options = FleetOptions(seconds=given.pop("minutes") * 60, **given)
    with tempfile.TemporaryDirectory(prefix="fleet-") as name:
        result = run(torture(options, Path(name), report=_write_line))
    _write_line(summary(options, result))
    return 1 if result.disagreements else 0


def _write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def summary(options: FleetOptions, result: FleetResult) -> str:
    """Return the result as a table."""
    faults = ", ".join(f"{count} x {kind}" for kind, count in sorted(result.faults.items()))
    codes = ", ".join(f"{count} x {code}" for code, count in sorted(result.codes.items()))
    rows = {
        "processes, bots, people": f"{options.processes}, {options.bots}, {options.people} each",
        "driver, seed": f"{options.driver}, {options.seed}",
        "mornings": f"{result.mornings} in {result.seconds:.0f} s",
        "faults": faults,
        "exit codes": codes,
        "times a bot changed its process": str(result.takeovers),
        "messages taken": str(result.messages),
        "unconfirmed and listed": str(result.unconfirmed),
        "fullest second of a token": f"{result.fullest_second} of {options.rate}",
        "messages beyond the rate (429)": str(result.refused),
    }
    width = max(map(len, rows))
    lines = [f"{name:{width}}  {value}" for name, value in rows.items()]
    agreed = "every ledger agrees: nobody twice, nobody left out, everything unconfirmed listed"
    return "\n".join([*lines, *(result.disagreements[:20] or [agreed])])


if __name__ == "__main__":
    sys.exit(main())
