"""docs/emulator.md names existing tests; docs/emulator-control.md describes every endpoint, event and fault kind."""

import re
from pathlib import Path
from typing import get_args

from emulator import control
from emulator.faults import FaultKind
from emulator.methods import method_table
from emulator.models import User
from emulator.server import EmulatorServer, ServerSettings
from emulator.telegram import Telegram

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs"
RULES = (DOCS / "emulator.md").read_text()
CONTRACT = (DOCS / "emulator-control.md").read_text()


def collect_test_names() -> dict[str, set[str]]:
    files = HERE.rglob("test_*.py")
    return {path.name: set(re.findall(r"def (test_[a-z_0-9]+)", path.read_text())) for path in files}


def read_rules() -> list[str]:
    """Return the list items below the headings of the rules."""
    section = RULES.split("## Rules")[1].split("\n## ")[0]
    return re.findall(r"^- .*(?:\n  .*)*", section, re.MULTILINE)


def test_named_tests_exist() -> None:
    names_by_file = collect_test_names()
    all_names = set().union(*names_by_file.values())
    for file, name in re.findall(r"(?:\b(test_[a-z_]+\.py)::)?\b(test_[a-z_0-9]+(?:\.py)?)", RULES):
        known = name in names_by_file or name in (names_by_file[file] if file else all_names)
        assert known, f"{file} {name}"


def test_each_rule_names_a_test() -> None:
    rules = read_rules()
    assert len(rules) > 70
    assert [rule for rule in rules if "test_" not in rule or "Source: " not in rule] == []


def test_each_endpoint_is_documented() -> None:
    app = control.create_control_app(EmulatorServer(Telegram(User(4242, "Bot")), ServerSettings()))
    for resource in app.router.resources():
        path = re.sub(r"\{\w+\}", "<", resource.canonical)
        assert f"/control{path.split('<')[0].rstrip('/')}" in CONTRACT


def test_each_event_and_fault_is_documented() -> None:
    code = "".join(path.read_text() for path in (HERE.parent.parent / "emulator").rglob("*.py"))
    events = set(re.findall(r'events\.publish\(\s*"(\w+)"', code))
    assert len(events) > 10
    for name in events | set(get_args(FaultKind)):
        assert f"- `{name}`: " in CONTRACT, name


def test_each_method_is_tested() -> None:
    tests = "".join(path.read_text() for path in HERE.rglob("test_*.py"))
    for name, _ in method_table().values():
        assert f'"{name}"' in tests, name
