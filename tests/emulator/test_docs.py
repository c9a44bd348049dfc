"""docs/emulator.md names tests that exist, and docs/emulator-control.md every endpoint and event there is."""

import re
from pathlib import Path
from typing import get_args

from emulator import control
from emulator.faults import Kind
from emulator.methods import table
from emulator.server import Server, Settings
from emulator.telegram import Telegram
from emulator.values import Person

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs"
RULES = (DOCS / "emulator.md").read_text()
CONTRACT = (DOCS / "emulator-control.md").read_text()


def test_every_test_named_exists() -> None:
    named = set(re.findall(r"\btest_[a-z_0-9]+(?:\.py|…)?", RULES))
    files = {path.name for path in HERE.glob("test_*.py")}
    there = set(re.findall(r"def (test_[a-z_0-9]+)", "".join(path.read_text() for path in HERE.glob("test_*.py"))))
    for name in named:
        known = (
            name in files or name in there or (name.endswith("…") and any(test.startswith(name[:-1]) for test in there))
        )
        assert known, name


def test_every_endpoint_is_in_the_contract() -> None:
    app = control.application(Server(Telegram(Person(4242, "Bot")), Settings()))
    for resource in app.router.resources():
        path = re.sub(r"\{\w+\}", "<", resource.canonical)
        assert f"/sim{path.split('<')[0].rstrip('/')}" in CONTRACT


def test_every_event_and_fault_is_in_the_contract() -> None:
    code = "".join(path.read_text() for path in (HERE.parent.parent / "emulator").rglob("*.py"))
    events = set(re.findall(r'hub\.publish\(\s*"(\w+)"', code))
    assert len(events) > 10
    for name in events | set(get_args(Kind)):
        assert f"| `{name}` |" in CONTRACT, name


def test_every_method_has_a_rule_or_is_steering() -> None:
    tests = "".join(path.read_text() for path in HERE.glob("test_*.py"))
    for name, _ in table().values():
        assert f'"{name}"' in tests, name
