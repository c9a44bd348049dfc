"""Run mutation tests over packages: mutmut changes an expression at a time, and some test must fail.

    python -m tests.mutants PACKAGE… [--sample N] [--seed S]     (or: make mutants PACKAGE=delivery SAMPLE=100)

PACKAGE is a folder or a module (`delivery`, `domain/subscription`, `delivery/resolution.py`). Only the tests of the
layers concerned run, in a copy of the tree below build/. A sample is drawn from all mutants with the seed printed.
Small modules that share their tests are measured together in less time.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ["bot", "handlers", "delivery", "transport", "views", "storage", "digest", "domain", "emulator"]
MUTMUT = Path(sys.executable).with_name("mutmut")
NO_MUTANT = "no.mutant"
HYPOTHESIS = ["--hypothesis-profile=repeatable"]

DELIVERY_TESTS = {
    "restore": "recovery",
    "run_message_updater": "run_messages",
    "run_queue": "run_queues",
    "startup_check": "recovery races",
}
"""Test modules of `tests/delivery` that must notice a mutant of a module of `delivery`, beside that of its name."""

CATALOGUE_TESTS = [f"tests/digest/test_{name}.py" for name in ("catalogue_items", "catalogue_rest", "newsletters")]

OTHER_TESTS = {
    "digest/parsing": ["tests/digest/parsing", *CATALOGUE_TESTS],
    "digest/rendering": ["tests/digest/rendering", "tests/digest/test_nothing_lost.py"],
    "digest/segmentation": ["tests/digest/segmentation", *CATALOGUE_TESTS],
    "domain/chat": ["tests/domain/chat", "tests/views", "tests/handlers/test_strangers.py"],
    "domain/subscription": ["tests/domain/subscription", "tests/handlers/test_subscription.py"],
    "domain/delivery": ["tests/transport/test_circuit_breaker.py", "tests/views"],
    "storage/claims.py": ["tests/storage/test_runs.py", "tests/delivery/test_ledger.py"],
    "storage/column_types.py": ["tests/storage/test_database.py"],
    "storage/migrate.py": ["tests/storage/test_database.py"],
    "storage/predicates.py": ["tests/storage/test_planning.py", "tests/storage/test_snapshot.py"],
    "storage/replaced_rows.py": ["tests/storage/test_fallbacks.py", "tests/storage/test_version_change.py"],
    "storage/retry_after.py": ["tests/delivery/test_retry_after_store.py"],
    "storage/upsert.py": ["tests/storage/test_schedules.py", "tests/storage/test_waves.py"],
    "storage": ["tests/storage", "tests/handlers"],
    "transport/action_executor.py": ["tests/transport/test_circuit_breaker.py", "tests/conformance/test_transport.py"],
    "transport/drivers": ["tests/conformance"],
    "transport/message_parsing.py": ["tests/conformance"],
    "transport/turn_queue.py": ["tests/transport/test_rate_limiter.py"],
    "views": ["tests/views", "tests/handlers"],
}
"""Tests that must notice a mutant of a folder, where the folder of the same name is not enough."""

SQLITE_MODULES = ("backup", "batch_writer", "file_check", "lock", "one_trip_connection", "open_errors", "session")
OTHER_TESTS |= {f"storage/sqlite/{module}.py": [f"tests/storage/test_{module}.py"] for module in SQLITE_MODULES}
OTHER_TESTS |= {
    "storage/sqlite/database.py": ["tests/storage/test_database.py"],
    "storage/sqlite/files.py": ["tests/storage/test_sqlite_file.py"],
    "storage/sqlite/ledger.py": ["tests/storage/test_runs.py", "tests/delivery/test_ledger.py"],
}
OTHER_TESTS |= {
    f"handlers/{module}.py": ["tests/handlers/test_every_button.py"]
    for module in ("admin", "browse", "context", "dispatcher", "request", "settings")
}
OTHER_TESTS["handlers/settings.py"].append("tests/handlers/test_rich_layout.py")
OTHER_TESTS |= {f"views/{module}.py": ["tests/views/test_notices.py"] for module in ("outages", "run_reports")}

OTHER_TESTS |= {
    f"delivery/{module}.py": [f"tests/delivery/test_{name}.py" for name in names.split()]
    for module, names in DELIVERY_TESTS.items()
}

CALLED_AT_IMPORT = ("storage/predicates.py", "storage/replaced_rows.py")
"""Modules whose functions others call at import, to build statements once."""

STATUS = {0: "survived", 33: "no tests", 5: "no tests", None: "not run"}
"""Statuses by exit code of pytest, as mutmut stores it; any other code is a kill or a timeout."""


def select_tests(package: str) -> list[str]:
    """Return the tests that must notice a mutant: a module's own with others named for it, or the nearest folder's."""
    path = Path(package)
    own = Path("tests") / path.parent / f"test_{path.name}"
    if (ROOT / own).is_file():
        return [str(own), *OTHER_TESTS.get(package, [])]
    prefixes = [str(prefix) for prefix in (path, *path.parents) if prefix.name]
    other = next((OTHER_TESTS[prefix] for prefix in prefixes if prefix in OTHER_TESTS), None)
    return other or [next(f"tests/{prefix}" for prefix in prefixes if (ROOT / "tests" / prefix).is_dir())]


def select_tests_of(packages: Sequence[str]) -> list[str]:
    """Return the tests of all packages, each once."""
    return list(dict.fromkeys(test for package in packages for test in select_tests(package)))


def copy_tree(packages: Sequence[str]) -> Path:
    """Copy the tracked files below build/, and configure mutmut there; keep what an earlier run found out."""
    folder = ROOT / "build" / "mutants" / packages[0].removesuffix(".py").replace("/", "-")
    shutil.rmtree(folder, ignore_errors=True)
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    settings = {
        "source_paths": PACKAGES,
        "only_mutate": [package if package.endswith(".py") else f"{package}/*" for package in packages],
        "also_copy": ["docs", "examples", "benchmarks", "README.md", "CHANGELOG.md", "Makefile"],
        # A mutant may leave a connection open; its warning would end the run of the next.
        "pytest_add_cli_args": [*["-p", "no:cacheprovider", "-p", "no:unraisableexception"], *HYPOTHESIS],
        "pytest_add_cli_args_test_selection": select_tests_of(packages),
        "timeout_multiplier": 4.0,
        "timeout_constant": 10.0,
        "use_git_change_detection": False,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    with (folder / "pyproject.toml").open("a") as configuration:
        configuration.write("\n[tool.mutmut]\n" + "\n".join(lines) + "\n")
    return folder


def exit_codes(folder: Path) -> dict[str, int | None]:
    """Return the result of every mutant, None for one that has not run."""
    files = sorted((folder / "mutants").rglob("*.meta"))
    return {name: code for file in files for name, code in json.loads(file.read_text())["exit_code_by_key"].items()}


def run(packages: Sequence[str], *, sample: int, seed: int) -> tuple[dict[str, int | None], Path]:
    """Make the mutants, run a sample of them (0: all), and return their results and where they lie."""
    folder = copy_tree(packages)
    # There is no command that only makes the mutants: one that names none of them stops after that.
    first = subprocess.run([MUTMUT, "run", NO_MUTANT], cwd=folder, check=False, capture_output=True, text=True)
    names = sorted(exit_codes(folder))
    if "nothing matches" not in first.stderr + first.stdout:
        sys.exit((first.stdout + first.stderr)[-3000:])
    chosen = random.Random(seed).sample(names, min(sample or len(names), len(names)))
    subprocess.run([MUTMUT, "run", "--max-children=2", *chosen], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    codes = exit_codes(folder)
    results = {name: codes[name] for name in chosen}
    if any(package in CALLED_AT_IMPORT or calls_itself_at_import(ROOT / package) for package in packages):
        results |= {name: run_afresh(name, packages, folder) for name, code in results.items() if code in STATUS}
    return results, folder


def calls_itself_at_import(module: Path) -> bool:
    """Return whether importing a module calls its functions, as where it builds statements once.

    mutmut imports everything before it forks, so that mutants of such functions come too late for its tests.
    """
    if not module.is_file():
        return False
    body = ast.parse(module.read_text(encoding="utf-8")).body
    own = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    built = [node for node in body if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    calls = (node.func for one in built for node in ast.walk(one) if isinstance(node, ast.Call))
    return any(isinstance(function, ast.Name) and function.id in own for function in calls)


def run_afresh(mutant: str, packages: Sequence[str], folder: Path) -> int:
    """Run the tests against a mutant in a process of its own; return pytest's exit code."""
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *HYPOTHESIS]
    environment = os.environ | {"MUTANT_UNDER_TEST": mutant}
    command = [*pytest, *select_tests_of(packages)]
    return subprocess.run(command, cwd=folder / "mutants", env=environment, check=False, capture_output=True).returncode


def report(results: dict[str, int | None], folder: Path) -> list[str]:
    """Return one line per module, and the difference that each survivor makes."""
    modules: dict[str, Counter[str]] = {}
    survivors: list[str] = []
    for name, code in sorted(results.items()):
        status = STATUS.get(code, "killed")
        modules.setdefault(name.rpartition(".")[0], Counter())[status] += 1
        if status != "killed":
            shown = subprocess.run([MUTMUT, "show", name], cwd=folder, check=False, capture_output=True, text=True)
            survivors.append(shown.stdout)
    lines = [_score(module, count["killed"], count.total()) for module, count in modules.items()]
    killed = sum(count["killed"] for count in modules.values())
    return [*survivors, *lines, _score("all", killed, len(results))]


def _score(name: str, killed: int, total: int) -> str:
    return f"{name:<40} {killed:>4} of {total:>4} killed ({100 * killed / total:.0f} %)"


def main() -> int:
    parser = argparse.ArgumentParser(description="Mutation tests over packages")
    parser.add_argument("packages", nargs="+", help="folders or modules: delivery, delivery/resolution.py")
    parser.add_argument("--sample", type=int, default=0, help="how many mutants to draw; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    results, folder = run(
        [package.rstrip("/") for package in options.packages], sample=options.sample, seed=options.seed
    )
    sys.stdout.write("\n".join(report(results, folder)) + f"\nseed {options.seed}; {len(results)} mutants\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
