"""Run every test that docs/guarantees.md and docs/security.md name, and fail if one is missing, skipped or red.

python -m tests.guarantees
"""

from __future__ import annotations

import functools
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "guarantees.md"
SECURITY_PAGE = DOCS / "security.md"


@functools.cache
def rows(page: Path = PAGE) -> dict[int, list[str]]:
    """Return the tests that each row of a page names."""
    tests: dict[int, list[str]] = {}
    row: int | None = None
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = re.match(r"## (\d+)\. ", line)
            row = int(heading[1]) if heading else None
        if row is not None:
            tests.setdefault(row, []).extend(re.findall(r"`(tests/[\w/]+\.py::\w+)`", line))
    return tests


def named(*pages: Path) -> list[str]:
    """Return all tests that pages name, each once."""
    return sorted({test for page in pages for tests in rows(page).values() for test in tests})


def find_problems(report: str, tests: list[str]) -> list[str]:
    """Return what a JUnit report says against the tests: which did not run, were skipped, or failed."""
    results: dict[str, list[str]] = {}
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314 - pytest wrote it, just now
        path, name = case.get("classname", "").replace(".", "/"), case.get("name", "").split("[")[0]
        result = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")
        results.setdefault(f"{path}.py::{name}", []).append(result)
        # pytest reports a unittest test case by its class.
        results.setdefault(f"{path.rpartition('/')[0]}.py::{path.rpartition('/')[2]}", []).append(result)
    return [
        f"{test}: {', '.join(sorted(set(results.get(test, ['did not run']))))}"
        for test in tests
        if set(results.get(test, [])) != {"passed"}
    ]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report, tests = Path(folder) / "report.xml", named(PAGE, SECURITY_PAGE)
        command = [sys.executable, "-m", "pytest", "-q", "-m", "", f"--junitxml={report}", *tests]
        subprocess.run(command, check=False)
        problems = find_problems(report.read_text(), tests) if report.exists() else ["pytest did not run"]
    sys.stdout.write("\n".join(problems or [f"all {len(tests)} tests that the pages name ran and are green"]) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
