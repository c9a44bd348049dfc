"""`make mutants` runs the tests that are to notice a mutant, and counts what they noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutant_runner import Plan
from tests.mutants import (
    OTHER_TESTS,
    PACKAGES,
    ROOT,
    mutate,
    report,
    run_mutants,
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
    packages = ["storage/unplanned.py", "delivery/resolution.py", "storage/schema.py"]
    assert select_tests_of(packages) == [*OTHER_TESTS["storage"], "tests/delivery/test_resolution.py"]


def test_every_package_has_tests_that_exist() -> None:
    named = {test for package in (*PACKAGES, *OTHER_TESTS) for test in select_tests(package)}
    assert len(named) > len(PACKAGES)
    assert [test for test in sorted(named) if not (ROOT / test).exists()] == []


RULES = """
def greater(number):
    return number + 1

def count_down(number):
    while number > 0:
        number -= 1
    return 0

def three():
    return 3

def untested(number):
    return number + 1

THREE = three()
"""

CHECKS = """
from rules import THREE, count_down, greater

def test_greater():
    assert greater(1) == 2

def test_count_down():
    assert count_down(2) == 0

def test_three():
    assert THREE == 3
"""


def test_each_kind_of_mutant_is_told(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(RULES)
    (tmp_path / "test_rules.py").write_text(CHECKS)
    (tmp_path / "pyproject.toml").write_text('[tool.mutmut]\nsource_paths = ["rules.py"]\n')
    names = mutate([Path("rules.py")], tmp_path)
    plan = Plan(mutants=names, seconds=60, measurements=str(tmp_path / "measurements"), limit_seconds=0.5)
    results = {result.mutant: result for result in run_mutants(plan, ["test_rules.py"], tmp_path)}
    assert sorted(results) == names
    by_function = {
        function: {results[name].status for name in names if f".x_{function}__" in name}
        for function in ("greater", "count_down", "three", "untested")
    }
    assert by_function["greater"] == by_function["three"] == {"killed"}
    assert by_function["untested"] == {"no tests"}
    assert "stopped" in by_function["count_down"]
    survivor = next(result for result in results.values() if result.status == "no tests")
    lines = report([*results.values()], tmp_path)
    [shown] = [line for line in lines if f"# {survivor.mutant}\n" in line]
    assert "-    return number + 1" in shown
    assert lines[-1].startswith("all ")
