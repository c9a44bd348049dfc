"""What the demo's page shows of its senders, and what a press there does to them; they are other processes here."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from sqlalchemy import delete, insert

from bot.demo_fleet import FleetDemo, add_bots, prepare, run_fleet_demo, sender_settings
from bot.demo_morning import FIRST_READER_ID, LEAD, NEWSLETTERS, next_morning
from bot.demo_senders import SENDERS, DemoSender, Senders, SenderState
from bot.exit_code import ExitCode
from bot.settings import DriverName
from digest.reader import read_digests
from domain.subscription.calendar import Schedule
from emulator.client import EmulatorClient, run_emulator
from storage import bots, digests, subscribers
from storage.database import Database, Process
from storage.digests import Source
from storage.schema import leases
from storage.sqlite.database import SqliteDatabase
from tests.databases import write_blank_file
from tests.emulator.conftest import BotApi
from tests.handlers.editions import published
from tests.waiting import wait_until

PEOPLE = 3

pytestmark = pytest.mark.sqlite

STAND_IN = """
import pathlib, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))
pathlib.Path(sys.argv[1]).touch()
while True:
    signal.pause()
"""
"""A process that ends on SIGTERM like a sender that has lost its bots."""


class SharedFile(SqliteDatabase):
    """A database file with the processes of a server."""

    owners: dict[str, frozenset[int]]

    async def processes(self, known: Collection[str] = ()) -> list[Process]:
        return [
            Process(name=name, role="all", silent_seconds=0.0, bot_ids=bot_ids)
            for name, bot_ids in SharedFile.owners.items()
        ]


@dataclass(slots=True)
class Page:
    """The demo's page, and what goes on behind it."""

    database: Database
    senders: Senders
    emulators: list[EmulatorClient]
    folder: Path

    async def press(self, action: str, sender: DemoSender | None = None) -> None:
        number = None if sender is None else sender.number
        await self.emulators[0].request("POST", "/fleet/actions", {"action": action, "sender": number})

    async def shown(self) -> Any:
        return msgspec.json.decode(await self.emulators[0].request("GET", "/fleet"))["fleet"]

    async def shows(self, **expected: Any) -> Any:
        """Wait until the page shows the states of the senders, their bots, or something else, all at once."""

        def holds(fleet: Any) -> bool:
            if fleet is None:
                return False
            seen = fleet | {name: [each[key] for each in fleet["senders"]] for name, key in SENDER_FIELDS.items()}
            seen |= {"noted": [(note["kind"], note["sender"], note["bot"]) for note in fleet["notes"]]}
            return all(seen[name] == value for name, value in expected.items())

        return await wait_until(self.shown, holds)

    async def bring_to_work(self, *owned: frozenset[int]) -> None:
        """Let the senders be seen in the database, each with bots; a bot that changes hands gets a new epoch."""
        before = dict(SharedFile.owners)
        SharedFile.owners = {
            sender.name: bot_ids for sender, bot_ids in zip(self.senders.all, owned, strict=True) if sender.name
        }
        taken = [bot for name, bot_ids in SharedFile.owners.items() for bot in bot_ids - before.get(name, frozenset())]
        async with self.database.write() as tx:
            for bot in taken:
                epoch = EPOCHS[bot] = EPOCHS.get(bot, 0) + 1
                await tx.execute(delete(leases).where(leases.c.bot_id == bot))
                row = {"bot_id": bot, "epoch": epoch, "owner": "", "since": datetime.now(UTC)}
                await tx.execute(insert(leases).values(row))


SENDER_FIELDS = {"states": "state", "owned": "bots"}
EPOCHS: dict[int, int] = {}
NONE: frozenset[int] = frozenset()


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    def command(number: int) -> list[str]:
        return [sys.executable, "-S", "-c", STAND_IN, str(tmp_path / f"ready-{number}")]

    EPOCHS.clear()
    SharedFile.owners = {}
    senders = Senders(command)
    async with AsyncExitStack() as stack:
        emulators = [
            await stack.enter_async_context(run_emulator(each.token, username=each.username)) for each in NEWSLETTERS
        ]
        await write_blank_file(tmp_path / "fleet.db")
        database = await SharedFile.open(tmp_path / "fleet.db")
        stack.push_async_callback(database.close)
        tallies = [await prepare(*each, tmp_path, PEOPLE) for each in zip(NEWSLETTERS, emulators, strict=True)]
        stack.push_async_callback(senders.end_all)
        await senders.start_all()
        page = Page(database, senders, emulators, tmp_path)
        await page.bring_to_work(*[NONE] * SENDERS)
        await add_bots(database, Schedule("Asia/Shanghai", 480), tallies, tmp_path)
        demo = FleetDemo(database, senders, tallies, tmp_path)
        running = [asyncio.create_task(demo.follow_presses()), asyncio.create_task(demo.show())]
        yield page
        for task in running:
            task.cancel()
        ended = await asyncio.gather(*running, return_exceptions=True)
        assert [type(each) for each in ended] == [asyncio.CancelledError] * len(running)


async def wait_for_file(path: Path) -> None:
    async def exists() -> bool:
        return path.exists()

    await wait_until(exists, bool)


def process_state(process: int) -> str:
    """Return the letter by which the kernel names what a process does: T for stopped."""
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]


async def test_bots_and_their_readers_are_added(page: Page) -> None:
    async with page.database.read() as tx:
        assert [bot.name for bot in await bots.get_all(tx)] == ["main", "tech"]
    token = page.folder / "tech.token"
    assert (token.read_text(), token.stat().st_mode & 0o777) == (NEWSLETTERS[1].token, 0o600)
    for newsletter, emulator in zip(NEWSLETTERS, page.emulators, strict=True):
        async with page.database.for_bot(newsletter.number).read() as tx:
            found = [await subscribers.get(tx, FIRST_READER_ID + number) for number in range(PEOPLE)]
        assert [each.active for each in found if each is not None] == [True] * PEOPLE
        assert {"小雨", "Alex", "林主编"} <= {user["first_name"] for user in (await emulator.state())["users"]}
    shown = await page.shows(states=["running"] * SENDERS)
    assert [(bot["name"], bot["people"], bot["delivered"]) for bot in shown["bots"]] == [
        ("Morning Digest", PEOPLE, 0),
        ("Tech Digest", PEOPLE, 0),
    ]
    assert shown["is_going"] is False


async def test_presses_reach_the_processes_and_takeovers_are_noted(page: Page) -> None:
    first, second, third = page.senders.all
    await page.bring_to_work(frozenset({1}), frozenset({2}), NONE)
    await page.shows(states=["running"] * SENDERS, owned=[[1], [2], []], notes=[])

    # A frozen sender's bot goes to another one
    await page.press("freeze", first)
    await page.shows(states=["frozen", "running", "running"])
    assert first.process is not None
    assert process_state(first.process.pid) == "T"
    await page.bring_to_work(NONE, frozenset({2}), frozenset({1}))
    noted: list[tuple[str, int, int | None]] = [("took_over", 3, 1)]
    shown = await page.shows(owned=[[], [2], [1]], noted=noted)
    assert shown["notes"][0]["seconds"] > 0

    # Woken, it ends itself, and is started again
    before = first.process.pid
    await page.press("wake", first)
    await page.shows(states=["running"] * SENDERS)
    assert process_state(before) != "T"
    await wait_for_file(page.folder / "ready-1")
    os.kill(before, signal.SIGTERM)
    noted.append(("woke", 1, None))
    await page.shows(states=["starting", "running", "running"], noted=noted)
    await page.bring_to_work(NONE, frozenset({2}), frozenset({1}))
    await page.shows(states=["running"] * SENDERS)

    # A killed one stays away until it is started
    await page.press("kill", second)
    await page.bring_to_work(NONE, NONE, frozenset({1, 2}))
    noted.append(("took_over", 3, 2))
    await page.shows(states=["running", "ended", "running"], owned=[[], [], [1, 2]], noted=noted)
    await page.press("start", second)
    await page.shows(states=["running", "starting", "running"])
    assert (third.state, second.process is not None) == (SenderState.RUNNING, True)


async def test_morning_begins_once_its_editions_are_published(page: Page) -> None:
    await page.bring_to_work(frozenset({1}), frozenset({2}), NONE)
    await page.shows(states=["running"] * SENDERS, is_going=False)
    before = await page.emulators[0].clock()
    morning = next_morning(before)
    await page.press("morning")
    await page.shows(is_going=True)
    await page.press("morning")  # once more: nothing happens
    for newsletter in NEWSLETTERS:
        path = page.folder / newsletter.folder / f"{morning.date()}.md"
        await wait_for_file(path)
        data = path.read_bytes()
        assert newsletter.title in data.decode()
        assert await page.emulators[0].clock() < morning - LEAD  # the clock waits for both editions
        (digest,) = read_digests(data, name=path.name)
        async with page.database.for_bot(newsletter.number).write() as tx:
            source = Source(path.name, b"")
            await digests.upsert(tx, digest, source, published=published(morning.date()), now=before)
    await wait_until(page.emulators[0].clock, lambda now: morning - LEAD <= now < morning + timedelta(minutes=1))

    # Two of the people get it, one of them twice
    async with aiohttp.ClientSession() as session:
        for chat in (FIRST_READER_ID, FIRST_READER_ID + 1, FIRST_READER_ID + 1):
            await BotApi(session, page.emulators[0]).result("sendMessage", chat_id=chat, text="the digest")
    shown = await wait_until(page.shown, lambda fleet: fleet["bots"][0]["twice"] == 1)
    assert [(bot["delivered"], bot["unconfirmed"]) for bot in shown["bots"]] == [(2, 0), (0, 0)]


async def test_port_in_use_or_no_server_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = await run_fleet_demo(port=port, browser=False, driver=DriverName.AIOGRAM, people=1)
    assert (code, f"digestbot demo --port {port + 1}" in capsys.readouterr().out) == (ExitCode.PORT_UNAVAILABLE, True)
    monkeypatch.setattr("bot.demo_cluster.DEBIAN_FOLDER", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    code = await run_fleet_demo(port=0, browser=False, driver=DriverName.AIOGRAM, people=1)
    assert (code, "PostgreSQL's server is not installed" in capsys.readouterr().out) == (ExitCode.FAILURE, True)


def test_each_sender_has_a_state_folder_of_its_own(tmp_path: Path) -> None:
    url = "postgresql://digestbot@/postgres?host=%2Ftmp%2Fdemo"
    first, second = (sender_settings("http://127.0.0.1:1", tmp_path, url, each, DriverName.PTB) for each in (1, 2))
    assert first.state_folder != second.state_folder
    assert (first.database, first.driver) == (second.database, DriverName.PTB)
