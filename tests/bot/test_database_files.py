"""The database's files under a whole bot: lost while it runs, backed up in mid-morning, restored after it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import database_guard
from bot.app import create_bot
from bot.backup_commands import run_backup, run_restore
from bot.clock import Clock
from bot.database_guard import DatabaseGuard, RunningBot
from bot.files import write_atomically
from bot.open_database import open_database
from domain.chat.event import Chat
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from emulator.client import EmulatorClient, run_emulator
from storage import subscribers
from storage.sqlite.database import SqliteDatabase
from tests.bot.harness import (
    TIMEOUT_SECONDS,
    BotInstallation,
    load_settings_of,
    run_bot,
    run_bot_in_process,
    shared_by_bots,
)
from tests.bot.test_app import edition
from tests.waiting import wait_for_checks, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]

ADMIN = 9001
PEOPLE = 100
RATE = "20"
"""Messages per second: a morning of five seconds."""


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as found:
        yield found


@pytest.fixture
def installation(tmp_path: Path, emulator: EmulatorClient) -> BotInstallation:
    (tmp_path / "digests").mkdir()
    return BotInstallation(tmp_path, emulator, (ADMIN,))


async def _enrol(installation: BotInstallation) -> list[int]:
    """Subscribe people whose window began an hour ago, so that an edition is due at once."""
    chats = await installation.emulator.create_users(PEOPLE)
    begun = datetime.now(UTC) - timedelta(hours=1)
    database = await SqliteDatabase.open(installation.folder / "bot.db")
    async with database.write() as tx:
        wishes = Schedule("UTC", begun.hour * 60 + begun.minute), ContentPreferences()
        for chat in chats:
            subscriber = await subscribers.add(tx, Chat(chat), wishes, now=begun - timedelta(days=1))
            await subscribers.activate(tx, subscriber.id, now=begun - timedelta(days=1))
    await database.close()
    return chats


async def _received(emulator: EmulatorClient, text: str) -> Counter[int]:
    """Return how many messages with a text each chat has received."""
    entries = await emulator.log(kind="bot_message")
    return Counter(
        entry.chat_id for entry in entries if entry.chat_id and entry.message and text in (entry.message.text or "")
    )


async def _until(emulator: EmulatorClient, text: str, count: int) -> None:
    await wait_until(lambda: _received(emulator, text), lambda received: received.total() >= count)


async def _command(installation: BotInstallation, *arguments: str) -> str:
    """Run a command to its end and return what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from bot.cli import main; main()",
        *arguments,
        env=installation.environment(),
        cwd=installation.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT_SECONDS)
    assert process.returncode == 0, output.decode()
    return output.decode()


async def _stop(bot: asyncio.subprocess.Process) -> None:
    bot.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == 0


@pytest.mark.parametrize("suffix", ["", "-wal", ".lock"])
async def test_lost_file_stops_the_bot_s_work_and_is_said(
    suffix: str, installation: BotInstallation, emulator: EmulatorClient, unused_tcp_port: int
) -> None:
    """What people write meanwhile stays with Telegram, and is answered by the next process."""
    ann = await emulator.create_user("Ann", language="en")
    admin = await emulator.create_user("Lin", language="en", id=ADMIN, started=True)
    path = installation.folder / "bot.db"
    async with run_bot_in_process(installation, METRICS_PORT=str(unused_tcp_port)):
        await ann.send("/start")
        assert "subscribed" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
        path.with_name(f"bot.db{suffix}").unlink()
        checks = await wait_for_checks(unused_tcp_port, lambda checks: checks.keys() >= {"on_hold", "database"})
        assert checks["database"].endswith(f"bot.db{suffix} was deleted or moved")
        told = await admin.next_message(timeout=TIMEOUT_SECONDS)
        assert f"bot.db{suffix} was deleted, moved or replaced" in told.text
        await ann.send("/settings")
    assert await emulator.count_pending_updates() == 1
    saved = list(installation.folder.glob("bot.db.saved-*[0-9]"))
    assert len(saved) == (suffix != ".lock")
    if saved:
        assert f"digestbot restore {saved[0]}" in told.text
        assert run_restore(path, saved[0]) == 0
    async with run_bot_in_process(installation):
        assert "Settings" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        await ann.send("/start")
        assert "already" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        assert await admin.drain_messages() == []


async def test_unwritable_database_is_told_once_until_it_ends(
    installation: BotInstallation, emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_guard, "CHECK_INTERVAL_SECONDS", 0.01)
    monkeypatch.setattr(database_guard, "CHECKS_PER_WRITE", 1)
    admin = await emulator.create_user("Lin", language="en", id=ADMIN, started=True)
    async with (
        open_database(installation.folder / "bot.db") as opened,
        create_bot(load_settings_of(installation), shared_by_bots(opened.database)) as components,
    ):
        session = opened.session
        assert session is not None
        guard = DatabaseGuard(session, {"main": RunningBot(components.delivery, ())}, Clock())
        problems: list[str | None] = []
        find_write_error = session.find_write_error

        def note_problem() -> str | None:
            problems.append(find_write_error())
            return problems[-1]

        async def wait_for_tests(count: int, problem: str | None) -> None:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                while problems[-count:] != [problem] * count:  # noqa: ASYNC110 - the guard tells nobody of a test
                    await asyncio.sleep(0.01)

        monkeypatch.setattr(session, "find_write_error", note_problem)
        tasks = [asyncio.create_task(components.delivery.run()), asyncio.create_task(guard.run(()))]
        await wait_for_tests(1, None)
        for _ in range(2):
            session._connection.execute("PRAGMA query_only = ON")
            await wait_for_tests(3, "attempt to write a readonly database")
            assert guard.problem == "attempt to write a readonly database"
            session._connection.execute("PRAGMA query_only = OFF")
            await wait_for_tests(3, None)
            assert guard.problem is None
        told = await admin.next_messages(2, timeout=TIMEOUT_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert ["cannot be written (attempt to write a readonly database)" in message.text for message in told] == [
        True
    ] * 2
    assert await admin.drain_messages() == []


async def test_database_deleted_in_mid_morning_loses_nothing(
    installation: BotInstallation, emulator: EmulatorClient
) -> None:
    """Sending stops, the data is saved; restored from there, the morning goes on where it stopped."""
    chats = await _enrol(installation)
    admin = await emulator.create_user("Lin", language="en", id=ADMIN, started=True)
    write_atomically(edition("Morning news"), installation.digests / "today.md")
    async with run_bot(installation, RATE=RATE) as bot:
        await _until(emulator, "Morning news", 10)
        (installation.folder / "bot.db").unlink()
        await admin.next_message(lambda message: "bot.db was deleted" in message.text, timeout=TIMEOUT_SECONDS)
        reached = await _received(emulator, "Morning news")
        await _stop(bot)
    assert 10 <= len(reached) < PEOPLE
    assert await _received(emulator, "Morning news") == reached
    (saved,) = installation.folder.glob("bot.db.saved-*[0-9]")
    assert "Nothing was sent since" in await _command(installation, "restore", str(saved))
    async with run_bot(installation, RATE=RATE):
        await _until(emulator, "Morning news", PEOPLE)
        report = await admin.next_message(lambda message: "Sent" in message.text, timeout=TIMEOUT_SECONDS)
    assert await _received(emulator, "Morning news") == dict.fromkeys(chats, 1)
    assert "onfirmed" not in report.text


async def test_backup_and_restore_drill(
    installation: BotInstallation, emulator: EmulatorClient, unused_tcp_port: int
) -> None:
    """Back up in mid-morning, restore after it: held until the operator's word, and nobody gets anything twice."""
    chats = await _enrol(installation)
    admin = await emulator.create_user("Lin", language="en", id=ADMIN, started=True)
    write_atomically(edition("Morning news"), installation.digests / "today.md")
    backup = installation.folder / "backup.db"
    async with run_bot(installation, RATE=RATE) as bot:
        await _until(emulator, "Morning news", 10)
        assert await asyncio.to_thread(run_backup, installation.folder / "bot.db", backup) == 0
        at_backup = (await _received(emulator, "Morning news")).total()
        assert at_backup < PEOPLE
        await _until(emulator, "Morning news", at_backup + 5)  # the next two may have been claimed before
        await _stop(bot)
    before = await _received(emulator, "Morning news")

    assert "resume --after-restore" in await _command(installation, "restore", str(backup))
    async with run_bot(installation, RATE=RATE, METRICS_PORT=str(unused_tcp_port)) as bot:
        checks = await wait_for_checks(unused_tcp_port, lambda checks: "on_hold" in checks)
        assert "restored from a backup" in checks["on_hold"]
        await admin.next_message(lambda message: "a backup was restored" in message.text, timeout=TIMEOUT_SECONDS)
        await admin.send("/today")  # questions are answered meanwhile
        await admin.next_message(lambda message: "Morning news" in message.text, timeout=TIMEOUT_SECONDS)
        await _stop(bot)
    before[ADMIN] += 1
    assert await _received(emulator, "Morning news") == before

    assert "were skipped" in await _command(installation, "resume", "--after-restore")
    async with run_bot(installation, RATE=RATE, METRICS_PORT=str(unused_tcp_port)):
        await wait_for_checks(unused_tcp_port, lambda checks: not checks)
        await admin.send("/broadcast All is well")
        shown = await admin.next_message(lambda message: bool(message.reply_markup), timeout=TIMEOUT_SECONDS)
        await admin.press(shown, "📣 Send", timeout=TIMEOUT_SECONDS)
        await wait_until(lambda: _received(emulator, "All is well"), lambda received: received.keys() >= set(chats))
    assert await _received(emulator, "Morning news") == before
    assert {chat: count for chat, count in (await _received(emulator, "All is well")).items() if chat != ADMIN} == (
        dict.fromkeys(chats, 1)
    )
