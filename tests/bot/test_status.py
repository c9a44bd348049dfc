"""`digestbot status`: it finds the running process by its socket, and tells how the bots are."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.exit_code import ExitCode
from bot.health import ProcessHealth
from bot.settings import Settings, load_settings
from bot.status_socket import Silence, ask_processes, serve_status
from delivery.high_water_mark import HighWaterMark
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import BotState
from domain.subscription.calendar import Schedule
from emulator.client import EmulatorClient, run_emulator
from storage import bots, runs, schedules, waves
from storage.database import Tx
from storage.sqlite.database import SqliteDatabase
from tests.bot.harness import BotInstallation, load_settings_of, run_bot
from tests.bot.test_cli import Shown, call
from tests.databases import write_blank_file
from tests.waiting import wait_until

pytestmark = pytest.mark.sqlite


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as found:
        yield found


@pytest.fixture
def installation(tmp_path: Path, emulator: EmulatorClient) -> BotInstallation:
    installation = BotInstallation(tmp_path, emulator)
    installation.digests.mkdir()
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date()  # the default zone: elsewhere it may be a day too old
    (installation.digests / f"{day}.md").write_text(
        f"---\ntitle: News\ndate: {day}\n---\n\n### 1. [One](https://example.com/1)\n\nText.\n"
    )
    return installation


async def status(installation: BotInstallation, *options: str) -> Shown:
    settings = {key: value for key, value in installation.environment().items() if key not in ("PATH", "PYTHONPATH")}
    return await asyncio.to_thread(call, "status", *options, **settings)


async def as_json(installation: BotInstallation) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await status(installation, "--json")).stdout)
    return found


async def test_running_bot_is_found_and_described(installation: BotInstallation, emulator: EmulatorClient) -> None:
    reader = await emulator.create_user("Rita", language="en")
    async with run_bot(installation) as process:
        await reader.send("/start")
        found = await wait_until(
            lambda: as_json(installation),
            lambda now: now["bots"][0]["run"] and not any(process["checks"] for process in now["processes"]),
        )
        shown = await status(installation)
        (answer,) = found["processes"]
        assert (answer["pid"], answer["checks"], answer["role"]) == (process.pid, {}, "all")
        assert (found["bots"][0]["name"], found["bots"][0]["state"]) == ("main", "running")
        assert found["bots"][0]["run"].startswith("Digest of ")
        assert shown.returncode == 0
        assert f"(pid {process.pid})" in shown.stdout
    after = await status(installation)
    assert after.returncode == 1
    assert "is not running on this machine" in after.stdout
    assert list(installation.folder.glob("*.socket")) == []


SERVE = """
import asyncio, sys
from bot.health import ProcessHealth
from bot.settings import load_settings
from bot.status_socket import serve_status

async def main():
    async with serve_status(load_settings(_env_file=None), ProcessHealth("all")):
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def start_process(installation: BotInstallation) -> asyncio.subprocess.Process:
    """Start a process that has the socket and nothing else."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, env=installation.environment(), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def test_frozen_process_hangs_and_killed_one_is_gone(
    installation: BotInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its first minute a process that does not answer may still be starting."""
    monkeypatch.setattr("bot.status_socket.ANSWER_SECONDS", 0.2)
    process = await start_process(installation)
    process.send_signal(signal.SIGSTOP)
    young = await status(installation)
    monkeypatch.setattr("bot.status_socket.STARTING_SECONDS", 0.0)
    shown = await status(installation)
    process.kill()
    await process.wait()
    assert (young.returncode, shown.returncode) == (1, 1)
    assert f"✗ process {process.pid}: it is starting and does not answer yet" in young.stdout
    assert f"✗ process {process.pid}: it does not answer: it hangs or is frozen" in shown.stdout
    (left,) = installation.folder.glob("*.socket")
    assert (await as_json(installation))["processes"] == []
    async with serve_status(load_settings_of(installation), ProcessHealth("all")):
        assert not left.exists()


def test_lost_database_is_the_reason(tmp_path: Path) -> None:
    settings = {"BOT_TOKEN": "1:first-loopback-token", "DATABASE": str(tmp_path / "bot.db")}
    assert "digestbot is not running on this machine" in call("status", **settings).stdout
    assert list(tmp_path.iterdir()) == []
    HighWaterMark.beside(tmp_path / "bot.db").write(7)
    shown = call("status", **settings)
    assert shown.returncode == ExitCode.DATABASE_UNREADABLE
    assert f"the database {tmp_path / 'bot.db'} is " in shown.stderr


async def test_state_is_told_apart_from_what_is_wanted(installation: BotInstallation) -> None:
    await write_blank_file(Path("bot.db"))
    (bot,) = (await as_json(installation))["bots"]
    assert (bot["state"], bot["actual_state"]) == ("running", "waiting")


async def change(run: Callable[[Tx], Awaitable[object]]) -> None:
    """Write to the bot's database."""
    database = await SqliteDatabase.open(Path("bot.db"))
    async with database.write() as tx:
        await run(tx)
    await database.close()


async def test_only_a_run_on_its_way_goes_on(installation: BotInstallation) -> None:
    await write_blank_file(Path("bot.db"))
    now = datetime.now(UTC)
    later = now + timedelta(hours=1)

    async def publish(tx: Tx) -> None:
        schedule_id = await schedules.get_or_create(tx, Schedule("Asia/Shanghai", 480))
        await waves.add(tx, await runs.add_digest(tx, now.date(), published=now, upto=0), {schedule_id: later})

    async def goes_on_at() -> str | None:
        (bot,) = (await as_json(installation))["bots"]
        found: str | None = bot["next_at"]
        return found

    await change(publish)
    assert await goes_on_at() == f"{later.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M} Asia/Shanghai"
    await change(lambda tx: bots.set_state(tx, "main", BotState.PAUSED))
    assert await goes_on_at() is None
    await change(lambda tx: bots.set_state(tx, "main", BotState.RUNNING))
    await change(lambda tx: runs.pause(tx, 1, RunStateReason.ADMIN))
    assert await goes_on_at() is None
    await change(lambda tx: runs.cancel(tx, 1, RunStateReason.ADMIN))
    assert await goes_on_at() is None


async def test_process_of_another_user_is_told_as_such() -> None:
    """Root may open everything, so it asks as nobody."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        settings = load_settings(_env_file=None, bot_token="1:loopback-token", database=f"{folder}/bot.db")
        async with serve_status(settings, ProcessHealth("all")):
            (path,) = Path(folder).glob("*.socket")
            path.chmod(0)
            user = os.geteuid()
            if user == 0:
                os.seteuid(65534)
            try:
                (answer,) = await ask_processes(settings)
            finally:
                os.seteuid(user)
        assert (answer.pid, answer.silence) == (os.getpid(), Silence.OTHER_USER)


async def test_failing_checks_are_shown_and_only_the_user_can_ask(installation: BotInstallation) -> None:
    health = ProcessHealth("all")
    settings = load_settings_of(installation)
    async with serve_status(settings, health):
        (path,) = installation.folder.glob("*.socket")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        (answer,) = await ask_processes(settings)
        assert answer.pid == os.getpid()
        assert answer.status is not None
        assert answer.status["checks"] == {"startup": "the bot is starting"}
        shown = await status(installation)
        assert shown.returncode == 1
        assert "startup: the bot is starting" in shown.stdout


async def test_long_path_and_missing_folder(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    settings = load_settings(_env_file=None, bot_token="1:loopback-token", database=str(folder / "bot.db"))
    async with serve_status(settings, ProcessHealth("all")):
        (answer,) = await ask_processes(settings)
        assert answer.status is not None
    assert list(folder.iterdir()) == []


async def test_folder_that_takes_no_socket_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = load_settings(_env_file=None, bot_token="1:loopback-token", database=str(tmp_path / "file" / "bot.db"))
    async with serve_status(settings, ProcessHealth("all")):
        assert await ask_processes(settings) == []


async def test_name_with_brackets_and_neighbours_with_longer_names(tmp_path: Path) -> None:
    """A file of such a name that is no socket is somebody else's, and stays."""
    settings = load_settings(_env_file=None, bot_token="1:loopback-token", database=str(tmp_path / "bot[1].db"))
    longer = load_settings(_env_file=None, bot_token="1:loopback-token", database=str(tmp_path / "bot[1].db.old"))
    files = [tmp_path / name for name in ("bot[1].db.7.socket", "bot[1].db.notes.socket")]
    for file in files:
        file.touch()
    async with serve_status(settings, ProcessHealth("all")), serve_status(longer, ProcessHealth("all")):
        assert [answer.pid for answer in await ask_processes(settings)] == [os.getpid()]
    assert sorted(tmp_path.iterdir()) == files


async def test_processes_that_start_together_are_all_found(
    installation: BotInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One looks for abandoned sockets when the other one does not listen yet."""

    class Slow(socket.socket):
        def listen(self, backlog: int = 1) -> None:
            code = SERVE.replace("await asyncio.Event().wait()", "pass")
            subprocess.run([sys.executable, "-c", code], env=installation.environment(), check=True)
            super().listen(backlog)

    monkeypatch.setattr("socket.socket", Slow)
    async with serve_status(load_settings_of(installation), ProcessHealth("all")):
        monkeypatch.undo()
        assert [answer.pid for answer in await ask_processes(load_settings_of(installation))] == [os.getpid()]
    assert list(installation.folder.glob("*.socket*")) == []


async def test_audit_log_is_shown_as_json_and_as_lines(installation: BotInstallation, emulator: EmulatorClient) -> None:
    reader = await emulator.create_user("Rita", language="en")
    async with run_bot(installation):
        await reader.send("/start")
        await wait_until(lambda: as_json(installation), lambda now: now["bots"][0]["run"])
    settings = {key: value for key, value in installation.environment().items() if key not in ("PATH", "PYTHONPATH")}
    shown = await asyncio.to_thread(call, "audit", "--json", **settings)
    (entry,) = json.loads(shown.stdout)["entries"]
    assert (entry["bot"], entry["action"], entry["detail"]) == ("main", "published", "1")
    assert "actor" not in entry
    lines = (await asyncio.to_thread(call, "audit", **settings)).stdout
    at = datetime.fromisoformat(entry["at"]).astimezone(ZoneInfo("Asia/Shanghai"))
    assert lines.startswith(f"{at:%Y-%m-%d %H:%M}  main  by a file · edition published: ")


async def test_empty_audit_log_says_so() -> None:
    await write_blank_file(Path("bot.db"))
    shown = await asyncio.to_thread(call, "audit", BOT_TOKEN="1:first-loopback-token", DATABASE="bot.db")
    assert (shown.returncode, shown.stdout) == (0, "nothing is recorded yet\n")
