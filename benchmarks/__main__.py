"""Run a benchmark by its name: `python -m benchmarks NAME [--quick] [--json]`; without a name, list them."""

from __future__ import annotations

import argparse
import ast
import sys
from importlib import import_module
from pathlib import Path

import structlog

from benchmarks.report import print_report

NAMES = (
    "throughput",
    "planning",
    "rate",
    "latency",
    "reading",
    "start",
    "memory",
    "emulator",
    "postgresql",
    "search",
    "mutes",
    "staff",
)


def main(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "--help"
    if name in NAMES:
        return run(name, arguments[1:])
    if name in ("-h", "--help"):
        print("usage: python -m benchmarks NAME [--quick] [--json]; NAME --help tells more\n")
        print("\n".join(f"  {name:12}{_docstring(name).splitlines()[0]}" for name in NAMES))
        return 0
    print(f"no benchmark is called {name!r}; choose one of {', '.join(NAMES)}", file=sys.stderr)
    return 2


def run(name: str, arguments: list[str]) -> int:
    """Measure, and print the figures with their floors or peers."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks {name}",
        description=_docstring(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a first impression, in a minute at most")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    module = import_module(f"benchmarks.{name}")
    if hasattr(module, "add_arguments"):
        module.add_arguments(parser)
    given = parser.parse_args(arguments)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the figures
    print_report(name, module.run(given), quick=given.quick, as_json=given.json)
    return 0


def _docstring(name: str) -> str:
    """Read a benchmark's docstring without importing it, which takes seconds for all of them."""
    source = Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
