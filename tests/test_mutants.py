"""`make mutants` runs the tests that are to notice a mutant, and counts what they noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.mutants import (
    OTHER_TESTS,
    PACKAGES,
    ROOT,
    calls_itself_at_import,
    exit_codes,
    report,
    select_tests,
    select_tests_of,
)


@pytest.mark.parametrize(
    ("package", "tests"),
    [
        ("delivery/resolution.py", ["tests/delivery/test_resolution.py"]),
        ("delivery/run_queue.py", ["tests/delivery/test_run_queue.py", "tests/delivery/test_run_queues.py"]),
        ("storage/claims.py", OTHER_TESTS["storage/claims.py"]),
        ("storage/schema.py", OTHER_TESTS["storage"]),
        ("domain/subscription", OTHER_TESTS["domain/subscription"]),
        ("handlers", ["tests/handlers"]),
        ("transport/drivers/ptb/driver.py", OTHER_TESTS["transport/drivers"]),
        ("transport/ports.py", ["tests/transport"]),
    ],
)
def test_tests_of_a_package(package: str, tests: list[str]) -> None:
    assert select_tests(package) == tests


def test_packages_that_share_tests_name_them_once() -> None:
    packages = ["storage/new_migration.py", "delivery/resolution.py", "storage/schema.py"]
    assert select_tests_of(packages) == [*OTHER_TESTS["storage"], "tests/delivery/test_resolution.py"]


def test_every_package_has_tests_that_exist() -> None:
    named = {test for package in (*PACKAGES, *OTHER_TESTS) for test in select_tests(package)}
    assert len(named) > len(PACKAGES)
    assert [test for test in sorted(named) if not (ROOT / test).exists()] == []


def test_modules_that_build_statements_at_import_are_known() -> None:
    modules = ["storage/planning.py", "storage/runs.py", "storage/kv.py", "storage"]
    assert [calls_itself_at_import(ROOT / module) for module in modules] == [True, False, False, False]


def test_results_are_counted_by_module(tmp_path: Path) -> None:
    codes = {"a.b.x_f__mutmut_1": 1, "a.b.x_f__mutmut_2": -24, "a.c.x_g__mutmut_1": 1, "a.c.x_g__mutmut_2": None}
    meta = tmp_path / "mutants" / "a" / "b.py.meta"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"exit_code_by_key": codes}))
    assert exit_codes(tmp_path) == codes
    lines = report({name: code for name, code in codes.items() if code is not None}, tmp_path)
    assert [" ".join(line.split()) for line in lines] == [
        "a.b 2 of 2 killed (100 %)",
        "a.c 1 of 1 killed (100 %)",
        "all 3 of 3 killed (100 %)",
    ]
