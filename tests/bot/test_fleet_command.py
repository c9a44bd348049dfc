"""`digestbot fleet`: what it says of processes and bots, and when it fails."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.exit_code import ExitCode
from bot.fleet_command import Observation, print_fleet, to_json
from bot.settings import Settings
from storage.database import Process, WriteError
from storage.fleet import Backlog, Fleet, FleetBot, FleetState, Lease
from storage.process_name import process_name
from storage.sqlite.lock import database_lock
from storage.start_failures import StartFailure
from tests.bot.test_cli import call
from tests.databases import write_blank_file

NOW = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)
QUIET = Backlog(due=0, oldest_due=None, unconfirmed=0, held_until=None)
ALPHA = Process(name="alpha.example.org:4123", role="all", silent_seconds=0.4, bot_ids=frozenset({1}))
BETA = Process(name="beta.example.org:991", role="send", silent_seconds=200.0, bot_ids=frozenset())
MAIN = FleetBot(
    id=1,
    name="main",
    state=FleetState.RUNNING,
    owner=ALPHA.name,
    lease=Lease(3, NOW - timedelta(hours=2)),
    backlog=replace(QUIET, due=1204, oldest_due=NOW - timedelta(minutes=3), held_until=NOW + timedelta(seconds=40)),
    failures=(),
)
TECH = FleetBot(
    id=2,
    name="tech",
    state=FleetState.CANNOT_START,
    owner=None,
    lease=Lease(7, NOW),
    backlog=replace(QUIET, due=12, oldest_due=NOW - timedelta(minutes=2), unconfirmed=5),
    failures=(StartFailure(bot_id=2, process=ALPHA.name, reason="token: /srv/tech.token is empty", failed_at=NOW),),
)
SEEN = Observation(
    fleet=Fleet((ALPHA, BETA), (MAIN, TECH)),
    write_error=None,
    database="postgresql://db/x",
    now=NOW,
    zone="Asia/Shanghai",
)


def printed(seen: Observation, width: int = 120) -> str:
    shown = StringIO()
    print_fleet(seen, Console(file=shown, width=width, highlight=False))
    return shown.getvalue()


def test_table_says_who_runs_what_and_what_is_wrong() -> None:
    lines = printed(SEEN).splitlines()
    assert lines[1].split()[:4] == ["main", "running", ALPHA.name, "3"]
    assert lines[1].split()[-6:] == ["1,204", "3", "min", "0", "40", "s"]
    assert lines[2].split() == ["tech", "cannot", "start", "–", "–", "–", "12", "2", "min", "5", "–"]
    assert lines[5].split() == [ALPHA.name, "all", "now", "main"]
    assert lines[6].split() == [BETA.name, "send", "3", "min", "ago", "nothing,", "stands", "by"]
    assert lines[-2:] == [
        f"tech could not start on {ALPHA.name}: token: /srv/tech.token is empty",
        "tech has something to send and no process runs it",
    ]


def test_bot_is_taken_at_an_instant_of_the_set_zone_which_is_named() -> None:
    lines = printed(SEEN, 140).splitlines()
    assert "since (Asia/Shanghai)" in lines[0]
    assert "27 Nov 12:30" in lines[1]


def test_process_without_bots_stands_by_or_receives_webhooks() -> None:
    seen = replace(SEEN, fleet=Fleet((BETA, replace(BETA, name="web:1", role="web")), (MAIN,)))
    assert [line.strip().split("  ")[-1].strip() for line in printed(seen).splitlines()[4:6]] == [
        "nothing, stands by",
        "no bots, receives webhooks",
    ]


def test_database_that_commits_nothing_is_said() -> None:
    seen = replace(SEEN, write_error=WriteError("no standby answers", 190.0, is_waiting=True))
    assert printed(seen).splitlines()[-1] == "nothing is being sent: no standby answers, for 3 min"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_table_fits_the_terminal(width: int) -> None:
    assert max(map(len, printed(SEEN, width).splitlines()[:9])) <= width


def test_json_has_all_facts() -> None:
    found = json.loads(json.dumps(to_json(SEEN)))
    main, tech = found["bots"]
    assert (main["owner"], main["epoch"], main["to_send"], main["state"]) == (ALPHA.name, 3, 1204, "running")
    assert (tech["owner"], tech["is_left_alone"], tech["unconfirmed"]) == (None, True, 5)
    assert tech["failures"][0]["reason"] == "token: /srv/tech.token is empty"
    assert [(process["name"], process["bots"]) for process in found["processes"]] == [
        (ALPHA.name, ["main"]),
        (BETA.name, []),
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("BOT_TOKEN=1:first-loopback-token\nDATABASE=bot.db\n")
    return tmp_path


def test_file_has_one_process_or_none(folder: Path) -> None:
    asyncio.run(write_blank_file(folder / "bot.db"))
    shown = call("fleet")
    assert (shown.returncode, shown.stderr) == (ExitCode.SUCCESS, "")
    assert "main  waits for a process" in shown.stdout
    assert "no process is at work; start one: digestbot run" in shown.stdout
    with database_lock(folder / "bot.db"):
        shown = call("fleet", "--json")
    assert shown.returncode == ExitCode.SUCCESS
    [process] = json.loads(shown.stdout)["processes"]
    assert (process["name"], process["bots"]) == (process_name(), ["main"])
