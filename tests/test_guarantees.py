"""The page of guarantees agrees with the tests and the planted faults there are."""

from __future__ import annotations

import ast

import pytest

from tests import guarantees
from tests.mutations import FAULTS, ROOT, Fault

BESIDE_THE_FAULTS = {1}
"""Rows whose faults are planted elsewhere: in the process under torture."""


@pytest.mark.parametrize("test", guarantees.named())
def test_every_test_that_is_named_exists(test: str) -> None:
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / file).read_text())
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
    assert name in defined | assigned


def test_every_row_has_its_tests_and_its_planted_fault() -> None:
    rows = guarantees.rows()
    assert all(rows.values())
    assert set(rows) == {fault.row for fault in FAULTS} | BESIDE_THE_FAULTS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"row {fault.row}")
def test_every_planted_fault_still_has_its_place_and_a_test_of_its_row(fault: Fault) -> None:
    assert (ROOT / fault.file).read_text().count(fault.old) == 1
    assert fault.test in guarantees.rows()[fault.row]


def test_a_test_that_did_not_run_was_skipped_or_failed_is_noticed() -> None:
    report = """<testsuites><testsuite>
        <testcase classname="tests.a.test_b" name="test_good[1]"/>
        <testcase classname="tests.a.test_b" name="test_good[2]"/>
        <testcase classname="tests.a.test_b" name="test_bad"><failure/></testcase>
        <testcase classname="tests.a.test_b" name="test_idle"><skipped/></testcase>
        <testcase classname="tests.a.test_m.TestModel" name="runTest"/>
    </testsuite></testsuites>"""
    names = [f"tests/a/test_b.py::{name}" for name in ("test_good", "test_bad", "test_idle", "test_gone")]
    wrong = guarantees.trouble(report, [*names, "tests/a/test_m.py::TestModel"])
    assert [one.split(": ")[1] for one in wrong] == ["failure", "skipped", "did not run"]
