"""docs/emulator.md names tests that exist, and docs/emulator-control.md every endpoint and event there is."""

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


def by_file() -> dict[str, set[str]]:
    files = HERE.rglob("test_*.py")
    return {path.name: set(re.findall(r"def (test_[a-z_0-9]+)", path.read_text())) for path in files}


def test_every_test_named_exists() -> None:
    files = by_file()
    there = set().union(*files.values())
    for file, name in re.findall(r"(?:\b(test_[a-z_]+\.py)::)?\b(test_[a-z_0-9]+(?:\.py|…)?)", RULES):
        among = files[file] if file else there
        known = (
            name in files or name in among or (name.endswith("…") and any(test.startswith(name[:-1]) for test in among))
        )
        assert known, f"{file} {name}"


def test_every_rule_names_its_test() -> None:
    listed = RULES.split("Tests stand in")[1].split("## How fast")[0]
    rules = [line for line in listed.splitlines() if line.startswith("| ") and not line.endswith(("| test |", "--- |"))]
    assert len(rules) > 70
    assert [row for row in rules if "test_" not in row.rsplit(" | ", 1)[1]] == []


def test_every_endpoint_is_in_the_contract() -> None:
    app = control.create_control_app(EmulatorServer(Telegram(User(4242, "Bot")), ServerSettings()))
    for resource in app.router.resources():
        path = re.sub(r"\{\w+\}", "<", resource.canonical)
        assert f"/control{path.split('<')[0].rstrip('/')}" in CONTRACT


def test_every_event_and_fault_is_in_the_contract() -> None:
    code = "".join(path.read_text() for path in (HERE.parent.parent / "emulator").rglob("*.py"))
    events = set(re.findall(r'events\.publish\(\s*"(\w+)"', code))
    assert len(events) > 10
    for name in events | set(get_args(FaultKind)):
        assert f"| `{name}` |" in CONTRACT, name


def test_every_method_has_a_rule_or_is_steering() -> None:
    tests = "".join(path.read_text() for path in HERE.rglob("test_*.py"))
    for name, _ in method_table().values():
        assert f'"{name}"' in tests, name
