"""`digestbot audit` shows the newest entries last, and what the command line itself has done."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.exit_code import ExitCode
from bot.settings import Settings
from domain.audit import AuditAction, AuditEntry
from storage import audit, bots
from tests.bot.test_cli import call, flat
from tests.databases import on_postgresql, open_database, postgresql_address

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    database = postgresql_address(Path("bot.db")).url if on_postgresql() else "bot.db"
    Path(".env").write_text(f"BOT_TOKEN=1:first-loopback-token\nDATABASE={database}\nSTATE_FOLDER=.\nTIMEZONE=UTC\n")
    asyncio.run(fill())


async def fill() -> None:
    """Record an entry of the second bot at noon of the 20th, and one of the first bot each day after it."""
    database = await open_database(Path("bot.db"), own=False)
    async with database.write() as tx:
        await bots.add(tx, "tech", "env:BOT_TOKEN_TECH", {"digests": "tech"})
        for day in (1, 2, 3):
            entry = AuditEntry(at=NOON + timedelta(days=day), action=AuditAction.SEGMENT_SAVED, detail=f"day {day}")
            await audit.record(tx, entry)
    async with database.for_bot(2).write() as tx:
        await audit.record(tx, AuditEntry(at=NOON, action=AuditAction.SEGMENT_SAVED, detail="day 0"))
    await database.close()


def days(*options: object) -> list[str]:
    shown = call("audit", *options, COLUMNS="200")
    assert (shown.returncode, shown.stderr) == (0, "")
    return [line.partition("day ")[2] for line in shown.stdout.splitlines()]


def test_newest_entry_is_the_last_line() -> None:
    assert days() == ["0", "1", "2", "3"]


def test_entries_are_chosen_by_day_number_and_bot() -> None:
    assert days("--since", "2026-11-22") == ["2", "3"]
    assert days("--limit", 2) == ["2", "3"]
    assert days("--since", "2026-11-21", "--limit", 1) == ["3"]
    assert days("--bot", "tech") == ["0"]
    assert days("--bot", "main", "--limit", 2) == ["2", "3"]


def test_json_has_the_newest_first() -> None:
    entries = json.loads(call("audit", "--json", "--limit", 2).stdout)["entries"]
    assert [entry["detail"] for entry in entries] == ["day 3", "day 2"]


@pytest.mark.parametrize(
    ("options", "exit_code", "problem"),
    [
        (("--bot", "news"), ExitCode.FAILURE, "there is no bot news; there are main, tech"),
        (("--since", "22.11.2026"), ExitCode.USAGE, "is no day; write it as 2026-11-01"),
        (("--limit", "0"), ExitCode.USAGE, "--limit"),
    ],
)
def test_wrong_option_is_refused(options: tuple[str, ...], exit_code: ExitCode, problem: str) -> None:
    shown = call("audit", *options, COLUMNS="200")
    assert (shown.returncode, shown.stdout) == (exit_code, "")
    assert problem in flat(shown.stderr)


def test_day_without_entries_says_so() -> None:
    assert call("audit", "--since", "2026-11-24").stdout == "nothing is recorded from that day on\n"


def test_state_that_the_operator_sets_is_recorded_with_its_bot() -> None:
    for command in ("pause", "pause", "drain", "resume"):
        assert call("bots", command, "tech").returncode == 0
    lines = call("audit", "--bot", "tech", COLUMNS="200").stdout.splitlines()[1:]
    acts = [line.partition("  tech  ")[2] for line in lines]
    assert [act.rpartition(": ")[2] for act in acts] == ["paused", "drained", "runs"]
    assert all("operator" in act for act in acts)


def test_import_is_recorded_with_its_number() -> None:
    Path("chats.csv").write_text("chat_id\n4201\n4202\n")
    for options in ((), ("--write",), ("--write",)):
        assert call("import", "chats.csv", "--bot", "main", *options).returncode == 0
    entries = json.loads(call("audit", "--json", "--bot", "main").stdout)["entries"]
    assert [(entry["actor"], entry["detail"]) for entry in entries if entry["action"] == "chats_imported"] == [
        ("operator", "2")
    ]
