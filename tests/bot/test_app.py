"""The whole bot: start, stop, kill, questions, and digests that it cannot publish."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot import folder_ingest, running_bot
from bot.app import cleanup_job, create_bot
from bot.clock import Clock
from bot.exit_code import ExitCode
from bot.files import write_atomically
from bot.open_database import open_database
from bot.startup_errors import CannotStart
from bot.status_socket import ask_processes
from emulator.client import EmulatorClient, run_emulator
from storage import item_reads, retention, updates
from storage.database import Tx
from tests import databases
from tests.bot.harness import (
    ROOT,
    TIMEOUT_SECONDS,
    BotInstallation,
    load_settings_of,
    run_bot,
    run_bot_in_process,
    shared_by_bots,
    start_bot,
    subscribe_with_open_window,
)
from tests.databases import break_writes, mend_writes, sql
from tests.handlers import editions
from tests.waiting import wait_for_checks

pytestmark = pytest.mark.slow

ADMIN = 9001


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator(token="4242:secret-loopback-token") as found:
        yield found


@pytest.fixture
def installation(tmp_path: Path, emulator: EmulatorClient) -> BotInstallation:
    return BotInstallation(tmp_path, emulator, (ADMIN,))


def edition(*headlines: str, published: datetime | None = None, commentary: str = "Quite a day.") -> bytes:
    published = published or datetime.now(UTC) - timedelta(minutes=5)
    items = "\n\n".join(
        f"{number}. [{headline}](https://example.com/{number})\n\n    Details of {headline}."
        for number, headline in enumerate(headlines, 1)
    )
    return (
        f"---\ntitle: The day\ndate: {published.isoformat()}\n---\n\nGood morning.\n\n---\n\n{items}\n\n---\n\n"
        f"### Commentary\n\n{commentary}\n"
    ).encode()


async def test_kill_during_a_morning_sends_nothing_twice(
    installation: BotInstallation, emulator: EmulatorClient
) -> None:
    """Subscribed now for a minute that has just come, published, killed, started again: one digest, one welcome."""
    ann = await emulator.create_user("Ann <3", language="en")
    async with run_bot(installation) as bot:
        await subscribe_with_open_window(ann)
        write_atomically(edition("First", "Second <3"), installation.digests / "today.md")
        digest = await ann.next_message(timeout=TIMEOUT_SECONDS)
        assert "First" in digest.text
        assert "Second <3" in digest.text
        bot.kill()
        await bot.wait()
    async with run_bot(installation) as bot:
        await ann.send("2")
        assert "Details of Second" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        toast = await ann.press(digest, "1", timeout=TIMEOUT_SECONDS)
        assert not toast.show_alert
        assert "Details of First" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
        assert await ann.drain_messages() == []
        bot.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == 0


async def test_kill_loses_only_replies_that_wait(installation: BotInstallation, emulator: EmulatorClient) -> None:
    """Commands are confirmed while their replies hang; after a kill their effects hold and nothing comes twice."""
    ann, bob = [await emulator.create_user(name, language="en") for name in ("Ann", "Bob")]
    async with run_bot(installation) as bot:
        await ann.send("/start")
        await ann.next_message(timeout=TIMEOUT_SECONDS)
        await emulator.add_fault("hang", method="sendMessage", chat_id=ann.id)
        for command in ("/time 09:41", "/timezone UTC", "/layout full"):
            await ann.send(command)
        await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
        await bob.send("/help")
        await bob.next_message(timeout=TIMEOUT_SECONDS)
        bot.kill()
        await bot.wait()
    (in_flight,) = await ann.drain_messages()  # its answer hung; two replies waited and are lost
    assert "09:41" in in_flight.text
    await emulator.clear_faults()
    async with run_bot(installation) as bot:
        await ann.send("/status")
        status = await ann.next_message(timeout=TIMEOUT_SECONDS)
        assert "Full text" in status.text
        await ann.send("/start")
        welcome = await ann.next_message(timeout=TIMEOUT_SECONDS)
        assert "09:41" in welcome.text
        assert "UTC" in welcome.text
        bot.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == 0
    assert await ann.drain_messages() == await bob.drain_messages() == []


async def test_question_during_start_gets_the_newest_digest(
    installation: BotInstallation, emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_bot, "FIRST_SCAN_TIMEOUT_SECONDS", TIMEOUT_SECONDS)
    ann = await emulator.create_user("Ann", language="en", started=True)
    installation.digests.mkdir()
    now = datetime.now(UTC)
    for age in range(9, 0, -1):
        text = edition(f"News {age}", published=now - timedelta(days=age))
        write_atomically(text, installation.digests / f"{now - timedelta(days=age):%Y-%m-%d}.md")
    await ann.send("/today")
    async with run_bot_in_process(installation):
        assert "News 1" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text


async def test_broken_digest_keeps_yesterdays_and_notifies_admins_once(
    installation: BotInstallation, emulator: EmulatorClient
) -> None:
    admin = await emulator.create_user("Lin", language="en", id=ADMIN, started=True)
    installation.digests.mkdir()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    write_atomically(edition("Old news", published=yesterday), installation.digests / "a day before.md")
    write_atomically(
        b"---\ntitle: Broken\ndate: 2026-13-45\n---\n\nNothing here.\n", installation.digests / "broken.md"
    )
    async with run_bot_in_process(installation):
        told = await admin.next_message(lambda message: "broken.md" in message.text, timeout=TIMEOUT_SECONDS)
        assert "was not published" in told.text
        assert "put date: 2" in told.text  # how to mend it, with today's date
        await admin.send("/today")
        assert (
            "Old news"
            in (await admin.next_message(lambda message: "Old" in message.text, timeout=TIMEOUT_SECONDS)).text
        )
    async with run_bot_in_process(installation):
        await admin.send("/today")
        await admin.next_message(lambda message: "Old" in message.text, timeout=TIMEOUT_SECONDS)
        await subscribe_with_open_window(admin)
        write_atomically(edition("New news"), installation.digests / "broken.md")
        await admin.next_message(lambda message: "New news" in message.text, timeout=TIMEOUT_SECONDS)
        said = [line.message.text for line in await emulator.log(admin.id, kind="bot_message") if line.message]
        assert sum("was not published" in text for text in said) == 1


async def test_digest_ingested_on_a_full_disk_is_sent_later(
    installation: BotInstallation, emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_ingest, "RETRY_SECONDS", 0.5)
    ann = await emulator.create_user("Ann", language="en")
    admin = await emulator.create_user("Lin", language="en", id=ADMIN, started=True)
    async with run_bot_in_process(installation):
        await subscribe_with_open_window(ann)
        await _change(installation, lambda tx: break_writes(tx, "runs"))
        write_atomically(edition("Late news"), installation.digests / "today.md")
        write_atomically(b"---\ntitle: Broken\ndate: 2026-13-45\n---\n\nNothing here.\n", installation.digests / "x.md")
        await admin.next_message(
            lambda message: "x.md" in message.text, timeout=TIMEOUT_SECONDS
        )  # others are taken meanwhile
        await _change(installation, mend_writes)
        assert "Late news" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text


async def test_pipe_in_the_folder_holds_nothing_up(installation: BotInstallation, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    installation.digests.mkdir()
    os.mkfifo(installation.digests / "a.md")
    async with run_bot(installation) as bot:
        await subscribe_with_open_window(ann)
        write_atomically(edition("First"), installation.digests / "today.md")
        assert "First" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        bot.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == 0


async def test_hung_folder_is_said_and_stops_nothing(
    installation: BotInstallation, emulator: EmulatorClient, unused_tcp_port: int
) -> None:
    """The scan hangs in a system call, as on a network mount whose server is away."""
    ann = await emulator.create_user("Ann", language="en")
    os.mkfifo(pipe := installation.folder / "pipe")
    (hook := installation.folder / "hook").mkdir()
    (hook / "sitecustomize.py").write_text(
        "import bot.digest_folder as folder\n"
        f"folder.scan_folder, folder.CALL_TIMEOUT_SECONDS = lambda _path: open({str(pipe)!r}).read(), 0.5\n"
    )
    python_path = os.pathsep.join((str(hook), str(ROOT)))
    async with run_bot(installation, PYTHONPATH=python_path, METRICS_PORT=str(unused_tcp_port)) as bot:
        await ann.send("/start")
        assert "subscribed" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        checks = await wait_for_checks(unused_tcp_port, lambda checks: "folder" in checks)
        assert checks["folder"] == f"{installation.digests}: hangs"
        bot.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == 0


async def _change(installation: BotInstallation, work: Callable[[Tx], Awaitable[object]]) -> None:
    """Change the database beside the bot, and waiting for it: not in its event loop."""

    async def change() -> None:
        database = await databases.open_database(installation.folder / "bot.db", own=False)
        async with database.write() as tx:
            await work(tx)
        await database.close()

    await asyncio.to_thread(asyncio.run, change())


async def test_nightly_clean_up_deletes_old_counts_of_reads(installation: BotInstallation) -> None:
    today = datetime.now(UTC).date()
    read_on = [editions.edition(today - retention.KEPT + timedelta(days=days)) for days in (-1, 1)]
    async with (
        open_database(installation.folder / "bot.db") as opened,
        create_bot(load_settings_of(installation), shared_by_bots(opened.database)) as parts,
    ):
        async with parts.database.write() as tx:
            for read in read_on:
                assert read.date is not None
                await item_reads.add(tx, read.date, read.items[:1])
        await cleanup_job(parts.database, parts.delivery, Clock())()
        async with parts.database.read() as tx:
            counted = [await item_reads.of_edition(tx, read) is not None for read in read_on]
    assert counted == [False, True]


async def test_day_of_a_notice_is_that_of_the_clock(installation: BotInstallation) -> None:
    """The demo sets the clock ahead; what is told of files is told of its days."""
    async with open_database(installation.folder / "bot.db") as opened:
        shared = replace(shared_by_bots(opened.database), clock=Clock(timedelta(days=400)))
        async with create_bot(load_settings_of(installation), shared) as parts:
            today = parts.folder_ingest._publisher._today()
    assert today - datetime.now(UTC).date() >= timedelta(days=399)


async def test_nightly_clean_up_deletes_old_processed_updates(installation: BotInstallation) -> None:
    now = datetime.now(UTC)
    async with (
        open_database(installation.folder / "bot.db") as opened,
        create_bot(load_settings_of(installation), shared_by_bots(opened.database)) as parts,
    ):
        async with parts.database.write() as tx:
            await updates.mark_processed(tx, 1, now=now - timedelta(days=3))
            await updates.mark_processed(tx, 2, now=now - timedelta(hours=30))
        await cleanup_job(parts.database, parts.delivery, Clock())()
        async with parts.database.write() as tx:
            assert await updates.mark_processed(tx, 1, now=now)
            assert not await updates.mark_processed(tx, 2, now=now)


@pytest.mark.sqlite
async def test_second_process_is_refused_at_once(installation: BotInstallation) -> None:
    async with run_bot_in_process(installation):
        second = await start_bot(installation)
        assert await asyncio.wait_for(second.wait(), TIMEOUT_SECONDS) == ExitCode.TEMPORARY_FAILURE
        assert "another process" in installation.log


def modes_of_database_files(installation: BotInstallation) -> dict[str, int]:
    files = [path for path in installation.folder.glob("bot.db*") if path.is_file()]
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in files}


@pytest.mark.sqlite
async def test_files_of_the_bot_are_its_users_alone(installation: BotInstallation) -> None:
    settings = installation.folder / ".env"
    settings.write_text("RATE=25\n")
    settings.chmod(0o644)
    async with run_bot(installation) as bot:
        modes = modes_of_database_files(installation)
    assert bot.returncode == ExitCode.SUCCESS
    modes |= modes_of_database_files(installation)
    assert set(modes) >= {"bot.db", "bot.db-wal", "bot.db.lock"}
    assert set(modes.values()) == {0o600}
    [warning] = [line for line in installation.log.splitlines() if "file_readable_by_others" in line]
    assert json.loads(warning)["file"] == str(settings)


async def test_unknown_token_stops_the_start_with_a_message(installation: BotInstallation) -> None:
    bot = await start_bot(installation, BOT_TOKEN="77:another-secret-token")
    assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == ExitCode.TOKEN_REFUSED
    last = installation.log.strip().splitlines()[-1]
    assert "Telegram does not know this token" in last
    assert "Traceback" not in installation.log


async def test_missing_framework_stops_the_start_with_a_message(installation: BotInstallation) -> None:
    bot = await start_bot(installation, DRIVER="ptb", PYTHONPATH=installation.python_path_without("telegram"))
    assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == ExitCode.SETTINGS
    last = installation.log.strip().splitlines()[-1]
    assert "DRIVER=ptb is not installed; install it: pip install 'digestbot[ptb]'" in last
    assert "Traceback" not in installation.log


async def test_newer_database_is_refused(installation: BotInstallation) -> None:
    async with run_bot_in_process(installation):
        pass
    await _change(installation, lambda tx: sql(tx, "UPDATE alembic_version SET version_num = '9999'"))
    await _change(installation, lambda tx: sql(tx, "UPDATE supported_programs SET oldest = '9999'"))
    with pytest.raises(CannotStart, match="schema 9999"):
        async with run_bot_in_process(installation):
            pass


async def test_folder_gone_while_down_is_not_created_again(
    installation: BotInstallation, emulator: EmulatorClient
) -> None:
    """An empty folder in its place would hide that its disk is not mounted."""
    ann = await emulator.create_user("Ann", language="en")
    async with run_bot_in_process(installation):
        await subscribe_with_open_window(ann)
        write_atomically(edition("First"), installation.digests / "today.md")
        await ann.next_message(timeout=TIMEOUT_SECONDS)
    installation.digests.rename(installation.folder / "disk")
    async with run_bot_in_process(installation):
        await ann.send("/today")
        assert "First" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        assert not installation.digests.exists()


async def test_start_waits_until_telegram_is_reachable(installation: BotInstallation, emulator: EmulatorClient) -> None:
    await emulator.add_fault("refuse", seconds=3, times=1)
    ann = await emulator.create_user("Ann", language="en")
    async with run_bot_in_process(installation):
        await ann.send("/start")
        await ann.next_message(timeout=TIMEOUT_SECONDS)


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
async def test_webhook_replaces_polling(
    driver: str, installation: BotInstallation, emulator: EmulatorClient, unused_tcp_port: int
) -> None:
    ann = await emulator.create_user("Ann", language="en")
    where = {"WEBHOOK_URL": f"http://127.0.0.1:{unused_tcp_port}/updates", "WEBHOOK_PORT": str(unused_tcp_port)}
    async with run_bot_in_process(installation, DRIVER=driver, WEBHOOK_SECRET="0123456789abcdef", **where):
        await ann.send("/start")
        assert "subscribed" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        assert not await emulator.calls("getUpdates")
    async with run_bot_in_process(installation, DRIVER=driver):
        await ann.send("/help")
        assert "/today" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        assert await emulator.calls("getUpdates")


async def test_health_and_metrics_endpoints(installation: BotInstallation, unused_tcp_port: int) -> None:
    async with run_bot_in_process(installation, METRICS_PORT=str(unused_tcp_port)), aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{unused_tcp_port}"
        async with session.get(f"{base}/metrics") as answer:
            assert answer.status == 200
            assert "# HELP" in await answer.text()
        await wait_for_checks(unused_tcp_port, lambda checks: not checks)
        async with session.get(f"{base}/health") as answer:
            assert await answer.json() == {"status": "healthy", "role": "all", "checks": {}}


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
async def test_editor_publishes_a_file_in_the_chat(
    driver: str, installation: BotInstallation, emulator: EmulatorClient
) -> None:
    ann = await emulator.create_user("Ann", language="en")
    admin = await emulator.create_user("Lin", language="en", id=ADMIN, started=True)
    async with run_bot_in_process(installation, DRIVER=driver, WRITE_BACK="yes"):
        await ann.send("/start")
        await ann.next_message(timeout=TIMEOUT_SECONDS)
        data = edition("News of the chat")
        await admin.send_document("../today.md", data)
        card = await admin.next_message(lambda message: "not published yet" in message.text, timeout=TIMEOUT_SECONDS)
        assert list(installation.digests.iterdir()) == []
        await admin.press(card, "🚀 Publish now")
        assert "News of the chat" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        told = await admin.next_message(
            lambda message: "Published in the chat" in message.text, timeout=TIMEOUT_SECONDS
        )
        assert "today.md" in told.text
    (written,) = installation.digests.glob("*.md")
    assert written.read_bytes() == data


@pytest.mark.parametrize(("driver", "other"), [("aiogram", "telegram"), ("ptb", "aiogram")])
async def test_token_appears_nowhere_after_failures(
    driver: str, other: str, installation: BotInstallation, emulator: EmulatorClient, unused_tcp_port: int
) -> None:
    """A conversation at DEBUG with every kind of fault and a kill; then all that others may see is searched.

    The package of the other driver is not there: whoever has one framework needs no other.
    """
    ann = await emulator.create_user("Ann", language="en")
    admin = await emulator.create_user("Lin", language="en", id=ADMIN, started=True)
    settings = {"DRIVER": driver, "PYTHONPATH": installation.python_path_without(other)}
    async with run_bot(installation, **settings, METRICS_PORT=str(unused_tcp_port)) as bot:
        await ann.send("/start")
        await ann.next_message(timeout=TIMEOUT_SECONDS)
        for kind, more in (
            ("html502", {}),
            ("json500", {}),
            ("cut", {}),
            ("drop", {}),
            ("reset", {}),
            ("error", {"error_code": 400, "description": "Bad Request: chat not found"}),
        ):
            before = await emulator.last_log_seq()
            await emulator.add_fault(kind, method="send*", times=1, **more)
            await ann.send("/settings")
            await emulator.wait_for_log_entry(lambda line: line.kind == "fault", since=before, timeout=TIMEOUT_SECONDS)
        await emulator.add_fault("html502", method="getFile", times=1)
        await admin.send_document("today.md", edition("News"))
        await admin.next_message(lambda message: "send it again" in message.text, timeout=TIMEOUT_SECONDS)
        await admin.send("/broadcast Hello")
        await admin.next_message(lambda message: "Hello" in message.text, timeout=TIMEOUT_SECONDS)
        await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
        told = (Path("/proc") / str(bot.pid) / "cmdline").read_text()  # as the process list shows it
        async with aiohttp.ClientSession() as session:
            for page in ("metrics", "health"):
                async with session.get(f"http://127.0.0.1:{unused_tcp_port}/{page}") as response:
                    told += await response.text()
        told += str(await ask_processes(load_settings_of(installation)))
        bot.kill()
        await bot.wait()
    secret = "secret-loopback-token"
    assert secret not in installation.log
    assert secret not in told
    assert "digestbot_" in told
    assert f"pid={bot.pid}" in told
    files = [path for path in installation.folder.rglob("bot.db*") if not path.is_socket()]
    assert len(files) >= 2 or databases.on_postgresql()
    for path in files:
        assert secret.encode() not in path.read_bytes()
    assert installation.log.count("reply_failed") >= 3
