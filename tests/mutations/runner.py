"""Apply a mutation at a process's start, and run the test that must notice it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.mutations.mutation import Mutation

ROOT = Path(__file__).parents[2]
ENVIRONMENT_VARIABLE = "DIGESTBOT_MUTATION"


def apply_from_environment(mutations: Sequence[Mutation]) -> None:
    """Apply the mutation that the environment names, at a Python process's start."""
    [chosen] = [each for each in mutations if each.name == os.environ[ENVIRONMENT_VARIABLE]]
    chosen.apply()


def is_noticed(chosen: Mutation, module: str) -> bool:
    """Run the named test under a mutation of a module's list; return whether it fails."""
    chosen.resolve()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        hook = (
            f"from {module} import MUTATIONS\n"
            "from tests.mutations.runner import apply_from_environment\n"
            "apply_from_environment(MUTATIONS)\n"
        )
        (Path(folder) / "sitecustomize.py").write_text(hook)
        environment = os.environ | {
            ENVIRONMENT_VARIABLE: chosen.name,
            "PYTHONPATH": os.pathsep.join((folder, str(ROOT))),
        }
        command = [sys.executable, "-m", "pytest", "-q", "-m", "", "-x", "-p", "no:cacheprovider", chosen.test]
        run = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
    if "sitecustomize" in run.stderr:
        raise RuntimeError(f"row {chosen.row}: the mutation could not be applied\n{run.stderr}")
    # 1: tests failed. Any other code (no such test, an error of pytest's own) proves nothing.
    return run.returncode == 1 and bool(re.search(r"\d+ failed", run.stdout))


def main(rows: Sequence[str], mutations: Sequence[Mutation], module: str) -> int:
    """Run the mutations of rows, of all rows if none is named, and print which are noticed; return the exit code."""
    chosen = [each for each in mutations if not rows or str(each.row) in rows]
    unnoticed = 0
    for each in chosen:
        noticed = is_noticed(each, module)
        unnoticed += not noticed
        verdict = "test fails, as it must" if noticed else "NOT NOTICED"
        sys.stdout.write(f"row {each.row:2}  {each.name:52} {verdict}\n")
        sys.stdout.flush()
    return 1 if unnoticed or not chosen else 0
