"""No test asserts about what may be empty, and none waits for a fixed time to see that nothing happens."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = sorted(path for path in TESTS.rglob("*.py") if path != Path(__file__))

WAITS = {
    "delivery/test_races.py::test_database_error_delays_the_end_of_a_run": "the failing write leaves no trace",
    "delivery/test_service.py::test_counts_survive_pause_resume_and_restart": "the instant of the pause is arbitrary",
    "delivery/test_service.py::test_full_disk_stops_sending_until_there_is_room": "a full disk records nothing",
    "delivery/test_service.py::test_429_deadline_survives_a_restart": "a waiting sender records nothing",
    "delivery/test_service.py::test_refused_connection_loses_nothing": "the outage lasts for a while",
    "delivery/test_service.py::test_rows_left_by_a_suspend_wait_for_the_next_window": "the rows stay pending",
    "handlers/test_transactions.py::test_question_is_read_while_another_writes": "a waiting writer records nothing",
    "storage/postgresql/test_ledger_session.py::test_heartbeats_keep_the_session": "longer than the lease",
    "storage/postgresql/test_ledger_session.py::test_freeze_during_the_first_commit_frees_the_bot": "it is frozen",
    "storage/postgresql/test_ledger_session.py::test_bot_taken_again_waits_for_its_last_claim": "it still waits",
    "storage/postgresql/test_ledger_session.py::test_takeover_waits_for_a_write_that_began_before_it": "it still waits",
    "storage/postgresql/test_move.py::copied": "a source that is silent for longer than the lease",
    "transport/test_bot_api_client.py::test_a_hanging_tls_handshake_means_not_sent": "the server never answers",
    "transport/test_webhook_server.py::respond": "the response takes longer than a request's head may",
    "transport/test_webhook_server.py::test_keep_a_connection_during_and_after_a_request": "the connection idles",
}
"""Fixed waits that are meant, each with its reason; a poll (in a `while` loop) and virtual time need none."""


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def vacuous_assertions(tree: ast.Module) -> list[int]:
    """Return the lines that assert `all(…)` or `not any(…)` over what no other assertion of the function mentions."""
    lines = []
    for function in _functions(tree):
        assertions = [node for node in ast.walk(function) if isinstance(node, ast.Assert)]
        for assertion in assertions:
            others = [ast.unparse(other.test) for other in assertions if other is not assertion]
            lines += [
                assertion.lineno
                for generator in _quantified(assertion.test)
                if not _is_literal(generator.iter)
                and not any(_mentions(other, ast.unparse(generator.iter)) for other in others)
            ]
    return lines


def _quantified(test: ast.expr) -> Iterator[ast.comprehension]:
    """Yield what an assertion quantifies over in a way that holds for nothing at all."""
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _quantified(value)
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    call = test.operand if isinstance(test, ast.UnaryOp) and negated else test
    wanted = "any" if negated else "all"
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == wanted:
        yield from (call.args[0].generators[:1] if isinstance(call.args[0], ast.GeneratorExp | ast.ListComp) else [])


def _is_literal(iterable: ast.expr) -> bool:
    return isinstance(iterable, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Constant) and bool(
        getattr(iterable, "elts", True)
    )


def _mentions(assertion: str, iterable: str) -> bool:
    """Whether an assertion speaks of an iterable, be it wrapped in `enumerate` or `pairwise`."""
    wrapped = re.match(r"(?:enumerate|pairwise)\((\w+)", iterable)
    return (wrapped[1] if wrapped else iterable) in assertion


def fixed_waits(tree: ast.Module) -> list[str]:
    """Return the functions that sleep for a time above zero outside a `while` loop and virtual time."""
    if any(isinstance(node, ast.ImportFrom) and node.module == "tests.virtual_time" for node in tree.body):
        return []
    return sorted(
        {
            function.name
            for outer in tree.body
            for function in _functions(ast.Module([outer], []))
            if any(_sleeps(statement) for statement in function.body)
        }
    )


def _sleeps(node: ast.AST) -> bool:
    if isinstance(node, ast.While | ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("asyncio.sleep", "time.sleep"):
        return ast.unparse(node.args[0]) != "0"
    return any(_sleeps(child) for child in ast.iter_child_nodes(node))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_assertion_holds_for_nothing_at_all(path: Path) -> None:
    assert vacuous_assertions(ast.parse(path.read_text())) == []


def test_fixed_waits_are_those_that_have_a_reason() -> None:
    found = {
        f"{path.relative_to(TESTS)}::{name}"
        for path in FILES
        if path.name.startswith("test_") and "sleep(" in path.read_text()
        for name in fixed_waits(ast.parse(path.read_text()))
    }
    assert found == set(WAITS)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("assert all(x for x in found)", [2]),
        ("assert not any(x for x in found)", [2]),
        ("assert found\n assert all(x for x in found)", []),
        ("assert len(found) == 2\n assert all(x for x, _ in pairwise(found))", []),
        ("assert a and all(x for x in found)", [2]),
        ("assert all(x for x in (1, 2))", []),
        ("assert any(x for x in found)", []),
    ],
)
def test_vacuous_assertions_are_found(source: str, lines: list[int]) -> None:
    assert vacuous_assertions(ast.parse(f"def test():\n {source}")) == lines


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("async def test():\n await asyncio.sleep(0.1)", ["test"]),
        ("async def test():\n await asyncio.sleep(0)", []),
        ("async def test():\n while not done:\n  await asyncio.sleep(0.1)", []),
        ("from tests.virtual_time import now\nasync def test():\n await asyncio.sleep(9)", []),
    ],
)
def test_fixed_waits_are_found(source: str, names: list[str]) -> None:
    assert fixed_waits(ast.parse(source)) == names
