"""Names across the repository: retired identifiers stay retired, and log events are stable ids."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "handlers", "delivery", "transport", "views", "storage", "digest", "domain", "emulator")
LOG_METHODS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})


LOG_CALL = r"\b(?:_?log|logger)\."


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


RETIRED = _names(
    """
    Alarm Answered Answerer AtOnce Atlas Asked Beside Courier Ears Ending Even Feed Feeds FloodGate Follower Gone Heard
    Holds House Instant Lane Lost Membership Moved NeverLeft NoDatabase NotAsExpected OutageBackoff Pace PaceLimiter
    Parcel Parts Place Press Refusals Said Say SettingsMistaken Stop Taste Teller Toast Verdict Who Wire Words _Letter

    AHEAD CALM LATE SURE UNDER

    _insist _judge_all _troubles answering atlas built carry_out coming_up courier cutting depart feeds garbage
    give_back glance guiding hear hearing house judge left_out left_why lighten lint marked mend on_hold outage_backoff
    packing parcel parcels planted poke puzzled read_words saw set_taste splice state_why steering strays taken taste
    taste_id tastes teller tidying too_much troubles understanding understood with_terminal witnesses write_at_once
    """
)
"""Names of this project's former private vocabulary, with or without a leading underscore."""

RETIRED_IN_THE_BOT = frozenset({"Bodies", "Body", "Chats", "Draft", "Entry", "Line", "bodies", "look", "tell"})
"""Names that mean something of their own in the emulator (an HTTP body, a log line) and nothing in the bot."""

RETIRED_MODULES = _names(
    """
    answering asked bubbles choose coming cut forms guiding hearing lead left_out lighten markup marks measure mend
    others outage_backoff packing page passages places planted points prose splice stage steering strays talk
    understanding upcoming weight witnesses words zones
    """
)


def _sources(*folders: str, mentioning: str) -> Iterator[tuple[Path, ast.Module]]:
    """Yield the files that mention one of the words, parsed: most need not be."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if re.search(mentioning, source):
                yield path.relative_to(ROOT), ast.parse(source)


def _any_of(names: frozenset[str]) -> str:
    return rf"\b_?(?:{'|'.join(map(re.escape, sorted(names)))})\b"


def _definitions(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield classes, functions, parameters, assigned attributes, class fields and module-level variables."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
        if isinstance(node, ast.Module | ast.ClassDef):
            for statement in node.body:
                targets = statement.targets if isinstance(statement, ast.Assign) else []
                targets += [statement.target] if isinstance(statement, ast.AnnAssign) else []
                yield from ((target.lineno, target.id) for target in targets if isinstance(target, ast.Name))


def _log_events(tree: ast.Module, methods: frozenset[str] = LOG_METHODS) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="log" | "_log" | "logger"), attr=method),
                args=[ast.Constant(value=str(event)), *_],
            ) if method in methods:
                yield node.lineno, event


def _is_retired(name: str, retired: frozenset[str]) -> bool:
    return name in retired or name.removeprefix("_") in retired


def test_retired_names_are_not_defined_again() -> None:
    retired_in = dict.fromkeys((*PACKAGES, "tests", "benchmarks"), RETIRED | RETIRED_IN_THE_BOT)
    retired_in |= dict.fromkeys(("emulator", "tests", "benchmarks"), RETIRED)
    found = [
        f"{path}:{line}: {name}"
        for package, retired in retired_in.items()
        for path, tree in _sources(package, mentioning=_any_of(retired))
        for line, name in _definitions(tree)
        if _is_retired(name, retired)
    ]
    assert not found, "\n".join(found)


def test_retired_modules_do_not_come_back() -> None:
    paths = [path for package in (*PACKAGES, "tests") for path in (ROOT / package).rglob("*.py")]
    assert paths
    found = [str(path) for path in paths if path.stem in RETIRED_MODULES]
    assert not found, "\n".join(found)


def test_class_has_one_meaning_in_the_bot() -> None:
    files: dict[str, list[str]] = {}
    for path, tree in _sources(*(package for package in PACKAGES if package != "emulator"), mentioning=r"\bclass\b"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                files.setdefault(node.name, []).append(str(path))
    assert files
    assert {name: paths for name, paths in files.items() if len(paths) > 1} == {}


def test_log_events_are_snake_case_ids() -> None:
    found = [
        f"{path}:{line}: {event!r}"
        for path, tree in _sources(*PACKAGES, mentioning=LOG_CALL)
        for line, event in _log_events(tree)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", event)
    ]
    assert not found, "\n".join(found)


def test_operating_page_names_existing_log_events() -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    section = page.split("\n## Log\n")[1].split("\n## ")[0]
    named = {
        event for row in re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE) for event in re.findall(r"`(\w+)`", row)
    }
    logged = {event for _, tree in _sources(*PACKAGES, mentioning=LOG_CALL) for _, event in _log_events(tree)}
    assert named
    assert named <= logged


def test_operating_page_explains_every_warning() -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    section = page.split("\n## Log\n")[1].split("\n## ")[0]
    severe = frozenset({"warning", "error", "critical"})
    packages = (package for package in PACKAGES if package != "emulator")  # it is no part of a bot at work
    logged = {event for _, tree in _sources(*packages, mentioning=LOG_CALL) for _, event in _log_events(tree, severe)}
    assert {event for event in logged if f"`{event}`" not in section} == set()


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("class Courier: ...", {"Courier"}),
        ("def f(feeds): ...", {"f", "feeds"}),
        ("class A:\n    taste: int\n    def g(self): self.pace = 1", {"A", "taste", "g", "self", "pace"}),
        ("AHEAD = 1", {"AHEAD"}),
    ],
)
def test_definitions_include_parameters_and_attributes(code: str, names: set[str]) -> None:
    assert {name for _, name in _definitions(ast.parse(code))} == names
