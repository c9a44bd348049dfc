"""docs/guarantees.md in; whether every test it names exists, runs, and is green, out: `python -m tests.guarantees`."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "guarantees.md"


def rows() -> dict[int, list[str]]:
    """The tests that each row of the page names."""
    found: dict[int, list[str]] = {}
    for line in PAGE.read_text().splitlines():
        if match := re.match(r"\| (\d+) \|", line):
            found[int(match[1])] = re.findall(r"`(tests/[\w/]+\.py::\w+)`", line)
    return found


def named() -> list[str]:
    """All tests that the page names, each once."""
    return sorted({test for tests in rows().values() for test in tests})


def trouble(report: str, tests: list[str]) -> list[str]:
    """What a JUnit report says against the tests: those that did not run, were skipped, or failed."""
    results: dict[str, list[str]] = {}
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314 - pytest wrote it, just now
        path, name = case.get("classname", "").replace(".", "/"), case.get("name", "").split("[")[0]
        worst = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")
        results.setdefault(f"{path}.py::{name}", []).append(worst)
        # A test case of unittest's kind is reported by its class.
        results.setdefault(f"{path.rpartition('/')[0]}.py::{path.rpartition('/')[2]}", []).append(worst)
    return [
        f"{test}: {', '.join(sorted(set(results.get(test, ['did not run']))))}"
        for test in tests
        if set(results.get(test, [])) != {"passed"}
    ]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *named()]
        subprocess.run(command, check=False)
        wrong = trouble(report.read_text(), named()) if report.exists() else ["pytest did not run"]
    sys.stdout.write("\n".join(wrong or [f"all {len(named())} tests of docs/guarantees.md ran and are green"]) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
