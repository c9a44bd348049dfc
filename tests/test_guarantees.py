"""The pages of guarantees and of threats agree with the tests and the mutations that exist."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

from tests import guarantees, mutations, security_mutations
from tests.guarantees import PAGE, SECURITY_PAGE
from tests.mutations.mutation import Mutation
from tests.mutations.runner import ROOT

MUTATIONS = {PAGE: mutations.MUTATIONS, SECURITY_PAGE: security_mutations.MUTATIONS}

ROWS_OF_THE_TORTURE = {1}
"""Rows whose faults are injected by tests/torture instead of tests/mutations."""


@pytest.mark.parametrize("test", guarantees.named(PAGE, SECURITY_PAGE))
def test_each_named_test_exists(test: str) -> None:
    file, _, name = test.partition("::")
    assert name in defined_names(file)


@functools.cache
def defined_names(file: str) -> frozenset[str]:
    """Return what a file's top level defines or assigns; many rows name the same files."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    defined = {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return frozenset(defined | assigned)


@pytest.mark.parametrize("page", [PAGE, SECURITY_PAGE], ids=lambda page: page.stem)
def test_each_row_stands_once_and_in_order(page: Path) -> None:
    numbers = [int(number) for number in re.findall(r"(?m)^## (\d+)\.", page.read_text(encoding="utf-8"))]
    assert numbers
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("page", MUTATIONS, ids=lambda page: page.stem)
def test_each_row_has_tests_and_a_mutation(page: Path) -> None:
    rows = guarantees.rows(page)
    assert all(rows.values())
    mutated = {mutation.row for mutation in MUTATIONS[page]}
    assert set(rows) == mutated | (ROWS_OF_THE_TORTURE if page == PAGE else set())


@pytest.mark.parametrize(
    ("page", "mutation"),
    [(page, mutation) for page, planted in MUTATIONS.items() for mutation in planted],
    ids=lambda value: value.name,
)
def test_each_mutation_has_its_symbol_and_a_test_of_its_row(page: Path, mutation: Mutation) -> None:
    if ".postgresql." in mutation.symbol:
        pytest.importorskip("asyncpg")
    mutation.resolve()
    assert mutation.test in guarantees.rows(page)[mutation.row]


def test_each_mutation_has_a_name_of_its_own() -> None:
    names = [mutation.name for planted in MUTATIONS.values() for mutation in planted]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("symbol", ["storage.clams:_CLAIM", "storage.claims:_GONE", "delivery.ledger:Ledger.gone"])
def test_mutation_of_a_missing_symbol_is_refused(symbol: str) -> None:
    mutation = Mutation(row=1, symbol=symbol, test="", mutate=lambda original: original)
    with pytest.raises(LookupError, match=f"row 1: no symbol {symbol}"):
        mutation.resolve()


def test_missing_skipped_and_failed_tests_are_reported() -> None:
    report = """<testsuites><testsuite>
        <testcase classname="tests.a.test_b" name="test_good[1]"/>
        <testcase classname="tests.a.test_b" name="test_good[2]"/>
        <testcase classname="tests.a.test_b" name="test_bad"><failure/></testcase>
        <testcase classname="tests.a.test_b" name="test_idle"><skipped/></testcase>
        <testcase classname="tests.a.test_m.TestModel" name="runTest"/>
    </testsuite></testsuites>"""
    names = [f"tests/a/test_b.py::{name}" for name in ("test_good", "test_bad", "test_idle", "test_gone")]
    problems = guarantees.find_problems(report, [*names, "tests/a/test_m.py::TestModel"])
    assert [problem.split(": ")[1] for problem in problems] == ["failure", "skipped", "did not run"]
