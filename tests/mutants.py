"""Run mutation tests over packages: mutmut changes an expression at a time, and some test must fail.

    python -m tests.mutants PACKAGE… [--sample N] [--seed S]     (or: make mutants PACKAGE=delivery SAMPLE=100)
    python -m tests.mutants PACKAGE… --again                     (those that survived the last run of these packages)
    python -m tests.mutants PACKAGE… --tests PATH…               (by these tests; then the survivors by all, --again)

PACKAGE is a folder or a module (`delivery`, `domain/subscription`, `delivery/resolution.py`). Only the tests of the
layers concerned run, in a copy of the tree below build/. A sample is drawn from all mutants with the seed printed.
Modules that share their tests are measured together in less time: their tests run once without a mutant.

Each result is printed as it comes, and kept in build/; a run that is stopped reports what it has.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name

from tests import mutant_calls
from tests.mutant_runner import MEASURING, MUTANT_VARIABLE, OUTPUT_VARIABLE, PLAN_VARIABLE, Measurement, Plan, Result

ROOT = Path(__file__).parents[1]
PACKAGES = ["bot", "handlers", "delivery", "transport", "views", "storage", "digest", "domain", "emulator"]
BUILD = ROOT / "build" / "mutants"
PYTEST = [
    *[sys.executable, "-m", "pytest", "-q", "-p", "tests.mutant_runner"],
    # A mutant may leave a connection open; its warning would end the run of the next.
    *["-p", "no:cacheprovider", "-p", "no:unraisableexception"],
    # The plugin has time limits of its own; nothing that a mutant's tests wrote is kept.
    *["-o", "timeout=0", "-o", "tmp_path_retention_policy=none"],
]
SECONDS = 60.0
"""Tests of one mutant that would take longer than this together are left out."""

DELIVERY_TESTS = {
    "correction_planning": "corrections delivered_corrections",
    "due_waves": "planner publishing recap_runs photos recall broadcast_pins broadcast_edits",
    "picture_uploader": "photos",
    "publish_decision": "publishing",
    "restore": "recovery",
    "run_message_updater": "run_messages",
    "run_queue": "run_queues",
    "service_factory": "service metrics",
    "startup_check": "recovery races",
    "version_change": "corrections",
    "withdrawal_planning": "withdrawals",
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
    "delivery/edition_report.py": [
        "tests/bot/test_edition_reports.py",
        "tests/delivery/test_editions_of_other_days.py",
    ],
    "storage": ["tests/storage", "tests/handlers"],
    "transport/action_executor.py": ["tests/transport/test_circuit_breaker.py", "tests/conformance/test_transport.py"],
    "transport/drivers": ["tests/conformance"],
    "transport/message_parsing.py": ["tests/conformance/test_odd_updates.py", "tests/conformance/test_speakers.py"],
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
POSTGRESQL_TESTS = {
    "address": "address",
    "ledger": "ledger ledger_session",
    "ledger_session": "ledger_session ledger",
    "open_errors": "open_errors",
    "server_check": "server_check",
}
"""Test modules of `tests/storage/postgresql` that must notice a mutant of a module of `storage/postgresql`."""

OTHER_TESTS |= {
    f"storage/postgresql/{module}.py": [f"tests/storage/postgresql/test_{name}.py" for name in names.split()]
    for module, names in POSTGRESQL_TESTS.items()
}
OTHER_TESTS |= {
    f"handlers/{module}.py": ["tests/handlers/test_every_button.py"]
    for module in ("admin", "browse", "context", "dispatcher", "request", "settings")
}
OTHER_TESTS["handlers/settings.py"].append("tests/handlers/test_rich_layout.py")
OTHER_TESTS |= {f"views/{module}.py": ["tests/views/test_notices.py"] for module in ("outages", "run_reports")}

MORE_TESTS = {
    "bot/expected_errors": "bot/startup_errors",
    "bot/settings": "bot/startup_errors",
    "bot/telegram_route": "bot/startup_errors",
    "domain/audit": "handlers/audit storage/audit",
    "domain/chat/action": "domain/chat/bot_api_parameters conformance/inline",
    "domain/chat/message": "domain/chat/bot_api_parameters domain/chat/rich_message views/recorded_screens",
    "domain/chat/roles": "handlers/roles",
    "domain/chat/signature": "delivery/signatures handlers/chat_setup",
    "domain/chat/start_payload": "handlers/strangers handlers/reader_buttons",
    "domain/delivery/broadcast": "domain/delivery/broadcast handlers/composing",
    "domain/delivery/correction": "delivery/delivered_corrections",
    "domain/delivery/outcome": "transport/responses delivery/resolution",
    "domain/delivery/progress": "views/run_reports delivery/progress_reporter",
    "domain/delivery/reasons": "views/run_reports",
    "domain/delivery/segment": "storage/segments",
    "domain/delivery/withdrawal": "delivery/withdrawals",
    "domain/file_names": "bot/two_files bot/folder_ingest",
    "domain/folder_problems": "bot/folder_alerts",
    "domain/printable": "bot/hostile_output bot/exception_text",
    "domain/subscription/recap": "delivery/recap_runs handlers/weekly_recap",
    "domain/subscription/subscriber": "handlers/chat_setup handlers/pausing",
    "domain/subscription/wave_decision": "delivery/due_waves delivery/planner",
    "handlers/audience": "handlers/audience_and_time",
    "handlers/conversation": "handlers/composing",
    "handlers/event_requests": "handlers/dispatcher handlers/composing",
    "handlers/forum_topics": "handlers/my_chats handlers/chat_setup",
    "handlers/help_and_fallback": "handlers/strangers handlers/dispatcher",
    "handlers/items": "handlers/saved handlers/reader_buttons",
    "handlers/membership": "handlers/chat_setup handlers/my_chats",
    "handlers/named_edition": "handlers/withdrawals handlers/corrections",
    "handlers/readings": "handlers/two_readings",
    "handlers/request_handling": "handlers/dispatcher handlers/transactions",
    "handlers/routes": "handlers/dispatcher handlers/strangers",
    "handlers/subscription_changes": "handlers/subscription handlers/settings handlers/pausing",
    "handlers/timing": "handlers/audience_and_time",
    "storage/broadcasts": "handlers/composing handlers/audience_and_time storage/segments",
    "storage/chat_administrators": "handlers/my_chats delivery/pin_updater",
    "storage/correction_rows": "delivery/delivered_corrections handlers/corrections delivery/withdrawals",
    "storage/correction_runs": "delivery/delivered_corrections handlers/corrections delivery/withdrawals",
    "storage/drafts": "delivery/draft_publisher handlers/drafts",
    "storage/forum_topics": "handlers/my_chats handlers/chat_setup",
    "storage/item_match": "storage/item_index handlers/search",
    "storage/pictures": "delivery/photos handlers/photos",
    "storage/pins": "delivery/pin_updater handlers/chat_setup",
    "storage/reach": "delivery/send_now handlers/send_now",
    "storage/recaps": "handlers/weekly_recap delivery/recap_runs",
    "storage/saved_items": "handlers/saved handlers/reader_buttons",
    "storage/searches": "handlers/search",
    "storage/send_now": "delivery/send_now handlers/send_now",
    "storage/setting_changes": "handlers/pausing handlers/settings",
    "storage/start_failures": "bot/start_failures bot/many_bots",
    "storage/table_rows": "storage/payloads storage/fleet",
    "storage/votes": "handlers/feedback handlers/recap",
    "storage/withdrawal_figures": "delivery/withdrawals handlers/withdrawals",
    "storage/withdrawals": "delivery/withdrawals handlers/withdrawals",
    "delivery/publisher": "delivery/draft_publisher"
    " bot/two_files bot/folder_ingest bot/edition_reports bot/picture_files",
    "transport/driver": "conformance/transport transport/polling",
    "transport/proxy": "transport/connector conformance/proxies",
    "transport/tunnel": "transport/connector conformance/proxies",
    "views/command_menu": "bot/command_menus domain/chat/commands",
}
"""Test modules that must notice a mutant of a module that has none of its own, or too few."""

OTHER_TESTS |= {
    f"{module}.py": [
        f"tests/{folder}/test_{name}.py" for folder, _, name in (each.rpartition("/") for each in names.split())
    ]
    for module, names in MORE_TESTS.items()
}
OTHER_TESTS |= {
    f"delivery/{module}.py": [f"tests/delivery/test_{name}.py" for name in names.split()]
    for module, names in DELIVERY_TESTS.items()
}

STATUSES_OF_KILLED = {"killed", "stopped", "ended"}
"""A test failed, took too long, or its process ended."""


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


def copy_tree(folder: Path) -> None:
    """Copy the tracked files to a folder, where Python processes note which mutated functions they call."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in _tracked_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    (folder / "sitecustomize.py").write_text(mutant_calls.HOOK, encoding="utf-8")
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as configuration:
        configuration.write(f"\n[tool.mutmut]\nsource_paths = {json.dumps(PACKAGES)}\n")


def _tracked_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def modules_of(packages: Sequence[str], folder: Path) -> list[Path]:
    """Return the modules of packages, as paths inside the folder."""
    found = {
        path.relative_to(folder)
        for package in packages
        for path in ([folder / package] if package.endswith(".py") else (folder / package).rglob("*.py"))
    }
    return sorted(path for path in found if "migrations" not in path.parts)


def mutate(modules: Sequence[Path], folder: Path) -> list[str]:
    """Write each module of the copy anew with all its mutants beside the originals, and return the mutants' names."""
    names: list[str] = []
    with _working_in(folder):
        for module in modules:
            code, mutants = _mutated(module)
            module.write_text(code, encoding="utf-8")
            names += [get_mutant_name(module, name) for name in mutants]
    return sorted(names)


def _mutated(module: Path) -> tuple[str, list[str]]:
    """Return a module with all its mutants, and what these are called; kept until the module changes."""
    source = module.read_text(encoding="utf-8")
    digest = sha256(f"{version('mutmut')} {module} {source}".encode()).hexdigest()[:16]
    kept = BUILD / "mutated" / f"{digest}.json"
    if not kept.exists():
        mutated = mutate_file_contents(str(module), source)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([mutated.code, list(mutated.mutant_names)]), encoding="utf-8")
    code, mutants = json.loads(kept.read_text(encoding="utf-8"))
    return code, mutants


def run(
    packages: Sequence[str], *, sample: int, seed: int, again: bool, seconds: float, tests: Sequence[str] = ()
) -> tuple[list[Result], Path]:
    """Make the mutants, run a sample of them (0: all), and return their results and where the mutants lie.

    Without `tests` those run that must notice mutants of these packages.
    """
    name = packages[0].removesuffix(".py").replace("/", "-") + (f"-and-{len(packages) - 1}" if packages[1:] else "")
    folder, kept = BUILD / name, BUILD / f"{name}.jsonl"
    survivors = [result.mutant for result in _read(kept) if result.status not in STATUSES_OF_KILLED] if again else []
    copy_tree(folder)
    names = mutate(modules_of(packages, folder), folder)
    chosen = [name for name in names if name in survivors] if again else _draw(names, sample, seed)
    chosen_tests = list(tests) or select_tests_of(packages)
    measurements = BUILD / f"{_fingerprint([*packages, *tests])}.measurements.json"
    plan = Plan(mutants=chosen, seconds=seconds, measurements=str(measurements))
    results: dict[str, Result] = {}
    # Whoever stops a run gets the results it has.
    with suppress(KeyboardInterrupt):
        for result in run_mutants(plan, chosen_tests, folder):
            results[result.mutant] = result
            kept.write_text("".join(json.dumps(asdict(each)) + "\n" for each in results.values()), encoding="utf-8")
    return list(results.values()), folder


def run_mutants(plan: Plan, tests: list[str], folder: Path) -> Iterator[Result]:
    """Run tests against the mutants in a folder; yield a result for each, and another one for what ran afresh."""
    late: list[str] = []
    for result in _run_pytest(plan, tests, folder, MEASURING):
        if result.mutant:
            yield result
        if result.status == "survived" and result.at_import:
            late.append(result.mutant)
    for mutant in late:
        yield from _run_afresh(mutant, plan, tests, folder)


def _draw(names: list[str], sample: int, seed: int) -> list[str]:
    return random.Random(seed).sample(names, min(sample or len(names), len(names)))


def _read(file: Path) -> list[Result]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [Result(**json.loads(line)) for line in lines]


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    """Change the working folder: mutmut reads its settings there."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _fingerprint(packages: Sequence[str]) -> str:
    """Return a digest of all Python files but tests and this tool: measurements hold until one of them changes."""
    digest = sha256(json.dumps(sorted(packages)).encode())
    for name in _tracked_files():
        if name.endswith(".py") and not Path(name).name.startswith(("test_", "mutant")):
            digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()[:16]


def _run_afresh(mutant: str, plan: Plan, tests: list[str], folder: Path) -> Iterator[Result]:
    """Run a mutant of a function that is called at import in a process of its own, against all tests that call it.

    Where no test calls it again, all tests must notice it.
    """
    measured = {
        test: Measurement(**each)
        for test, each in json.loads(Path(plan.measurements).read_text(encoding="utf-8")).items()
    }
    function = mutant.partition("__mutmut_")[0]
    calling = [test for test, measurement in measured.items() if function in measurement.functions] or list(measured)
    chosen = sorted(calling, key=lambda test: measured[test].seconds)
    yield from _run_pytest(replace(plan, mutants=[mutant], afresh=chosen), tests, folder, mutant)


def _run_pytest(plan: Plan, tests: list[str], folder: Path, mutant: str) -> Iterator[Result]:
    """Run the plugin in a process of its own; yield and print results as they come."""
    (folder / "plan.json").write_text(json.dumps(asdict(plan)), encoding="utf-8")
    reading, writing = os.pipe()
    environment = os.environ | {
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        PLAN_VARIABLE: str(folder / "plan.json"),
        OUTPUT_VARIABLE: str(writing),
        MUTANT_VARIABLE: mutant,
    }
    if mutant == MEASURING:
        environment[mutant_calls.FILE_VARIABLE] = str(folder / "calls")
    ended = 0
    with (folder / "pytest.log").open("w", encoding="utf-8") as log, os.fdopen(reading, encoding="utf-8") as lines:
        process = subprocess.Popen(
            [*PYTEST, *tests], cwd=folder, env=environment, pass_fds=[writing], stdout=log, stderr=log
        )
        os.close(writing)
        try:
            for line in lines:
                result = Result(**json.loads(line))
                ended += 1
                sys.stdout.write(
                    f"{result.status:<9} {result.mutant} {result.test} {result.seconds:.1f} s"
                    + (f", {result.beyond_limit} tests left out" if result.beyond_limit else "")
                    + "\n"
                )
                sys.stdout.flush()
                yield result
        finally:
            process.terminate()
            process.wait()
    if not ended:
        # With a mutant from the start, pytest may end before any test runs.
        if mutant == MEASURING:
            sys.exit((folder / "pytest.log").read_text(encoding="utf-8")[-3000:])
        yield Result(mutant=mutant, status="ended")


def difference(mutant: str, folder: Path) -> str:
    """Return how a mutant differs from the function that it takes the place of."""
    module, _, name = mutant.rpartition(".")
    path = folder / (module.replace(".", "/") + ".py")
    source = path.read_text(encoding="utf-8")
    names = (f"{name.partition('__mutmut_')[0]}__mutmut_orig", name)
    functions = {
        node.name: "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno])
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in names
    }
    before, after = (functions[each].splitlines() for each in names)
    lines = difflib.unified_diff(before, after, n=2, lineterm="")
    return f"# {mutant}\n" + "\n".join(list(lines)[3:])


def report(results: Sequence[Result], folder: Path) -> list[str]:
    """Return one line per module, and the difference that each survivor makes."""
    modules: dict[str, Counter[bool]] = {}
    survivors: list[str] = []
    for result in sorted(results, key=lambda each: each.mutant):
        killed = result.status in STATUSES_OF_KILLED
        modules.setdefault(result.mutant.rpartition(".")[0], Counter())[killed] += 1
        if not killed:
            survivors.append(f"{difference(result.mutant, folder)}\n({result.status})\n")
    lines = [_score(module, count[True], count.total()) for module, count in modules.items()]
    stopped = sum(result.status == "stopped" for result in results)
    total = _score("all", sum(count[True] for count in modules.values()), len(results))
    return [*survivors, *lines, f"{total}, {stopped} of them by a time limit"]


def _score(name: str, killed: int, total: int) -> str:
    return f"{name:<40} {killed:>4} of {total:>4} killed ({100 * killed / max(total, 1):.0f} %)"


def main() -> int:
    parser = argparse.ArgumentParser(description="Mutation tests over packages")
    parser.add_argument("packages", nargs="+", help="folders or modules: delivery, delivery/resolution.py")
    parser.add_argument("--sample", type=int, default=0, help="how many mutants to draw; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="run those that survived the last run")
    parser.add_argument("--tests", nargs="+", default=[], help="tests to run instead of those of the packages")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long one mutant's tests may take in all")
    options = parser.parse_args()
    packages = [package.rstrip("/") for package in options.packages]
    results, folder = run(
        packages,
        sample=options.sample,
        seed=options.seed,
        again=options.again,
        seconds=options.seconds,
        tests=options.tests,
    )
    sys.stdout.write("\n".join(report(results, folder)) + f"\nseed {options.seed}; {len(results)} mutants\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
