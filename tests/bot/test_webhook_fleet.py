"""Webhooks with several processes: each may die at any point, and all of them are replaced one after the other."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bot.exit_code import ExitCode
from bot.files import write_atomically
from domain.chat.event import Chat
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from emulator.client import EmulatedUser, EmulatorClient, run_emulator
from storage import subscribers
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import PostgresqlDatabase
from tests.bot.fleet import Fleet
from tests.bot.harness import TIMEOUT_SECONDS
from tests.bot.load_balancer import LoadBalancer
from tests.bot.test_webhook_receivers import receiving
from tests.postgresql import TEMPLATE, Cluster
from tests.waiting import wait_until

SECRET = "0123456789abcdef"
ADMIN = 4201
BROADCASTS = 5

DIE = """
import os, signal
from bot.update_store import DatabaseUpdateStore
from storage import updates
from tests.delivery.process_points import call_after, call_before

calls = [2]

def die():
    calls[0] -= 1
    if calls[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

"""
"""Lets a process die at the second call of what follows."""

BETWEEN_COMMIT_AND_ANSWER = 'call_after(die, DatabaseUpdateStore, "put")'
OWNER_POINTS = {
    "within the effect's transaction": 'call_after(die, updates, "mark_processed")',
    "between effect and removal": 'call_before(die, DatabaseUpdateStore, "remove")',
}


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as emulator:
        yield emulator


@pytest.fixture
def address(cluster: Cluster, tmp_path: Path) -> PostgresqlAddress:
    name = f"webhooks_{abs(hash(tmp_path))}"
    cluster.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
    return cluster.address(name)


@pytest.fixture
async def watch(address: PostgresqlAddress) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(address.url)
    yield connection
    await connection.close()


@dataclass
class WebFleet:
    """Processes behind a load balancer at `port`; each that listens has a port of its own."""

    fleet: Fleet
    port: int
    variables: dict[str, str] = field(default_factory=dict)

    async def start(self, role: str, port: int | None = None, *, before: str = "") -> asyncio.subprocess.Process:
        where = {} if port is None else {"WEBHOOK_PORT": str(port)}
        hook = {"WEBHOOK_URL": f"http://127.0.0.1:{self.port}/updates", "WEBHOOK_SECRET": SECRET}
        return await self.fleet.start(before=before, ROLE=role, **self.variables, **hook, **where)


@asynccontextmanager
async def web_fleet(
    emulator: EmulatorClient, folder: Path, address: PostgresqlAddress, port: int, **variables: str
) -> AsyncIterator[WebFleet]:
    fleet = Fleet(emulator, folder, address)
    try:
        yield WebFleet(fleet, port, variables)
    finally:
        for process in fleet.processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def until(condition: str, watch: asyncpg.Connection) -> None:
    """Wait until a query returns true."""
    await wait_until(lambda: watch.fetchval(condition), bool)


async def until_listening(port: int) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def effects(watch: asyncpg.Connection) -> tuple[int, int, int]:
    """Return how many broadcasts were drafted, updates processed, and updates wait."""
    row = await watch.fetchrow(
        "SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM updates), (SELECT count(*) FROM inbox)"
    )
    return row[0], row[1], row[2]


async def enrol(address: PostgresqlAddress, chats: Sequence[int], schedule: Schedule) -> None:
    database = await PostgresqlDatabase.open(address)
    async with database.write() as tx:
        for chat in chats:
            subscriber = await subscribers.add(tx, Chat(chat), (schedule, ContentPreferences()), now=datetime.now(UTC))
            await subscribers.activate(tx, subscriber.id, now=datetime.now(UTC))
    await database.close()


async def draft_broadcasts(emulator: EmulatorClient, watch: asyncpg.Connection) -> EmulatedUser:
    """Let an admin draft broadcasts, each of which has an effect of its own, until all updates are handled."""
    admin = await emulator.create_user("Lin", language="en", id=ADMIN, started=True)
    for number in range(BROADCASTS):
        await admin.send(f"/broadcast Good news number {number}")
    await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
    await wait_until(lambda: effects(watch), lambda now: now[1] >= BROADCASTS and now[2] == 0)
    return admin


async def test_update_survives_the_death_of_the_process_that_took_it_in(
    emulator: EmulatorClient,
    tmp_path: Path,
    address: PostgresqlAddress,
    watch: asyncpg.Connection,
    unused_tcp_port_factory: Any,
) -> None:
    port, web_port, other_port = (unused_tcp_port_factory() for _ in range(3))
    await enrol(address, [ADMIN], Schedule("UTC", 0))
    balancer = LoadBalancer((web_port, other_port), takes_turns=False)
    async with (
        balancer.listening(port),
        web_fleet(emulator, tmp_path, address, port, ADMIN_IDS=str(ADMIN)) as processes,
    ):
        await processes.start("all", other_port)
        await processes.fleet.wait_for_epoch(1)
        web = await processes.start("web", web_port, before=DIE + BETWEEN_COMMIT_AND_ANSWER)
        await asyncio.gather(until_listening(web_port), until_listening(other_port))
        admin = await draft_broadcasts(emulator, watch)
        assert await asyncio.wait_for(web.wait(), TIMEOUT_SECONDS) == -signal.SIGKILL
        assert await effects(watch) == (BROADCASTS, BROADCASTS, 0)
        messages = await admin.next_messages(2 * BROADCASTS, timeout=TIMEOUT_SECONDS)
        told = ["\n".join(message.text.splitlines()[:2]) for message in messages]
    news = [f"Good news number {number}" for number in range(BROADCASTS)]
    assert sorted(told) == sorted([*news, *(f"{text}\nFor 1 person" for text in news)])  # each with its card, once
    assert balancer.statuses.count(502) == 1


@pytest.mark.parametrize("point", OWNER_POINTS)
async def test_update_survives_the_death_of_the_owner(
    point: str,
    emulator: EmulatorClient,
    tmp_path: Path,
    address: PostgresqlAddress,
    watch: asyncpg.Connection,
    unused_tcp_port_factory: Any,
) -> None:
    port, web_port = unused_tcp_port_factory(), unused_tcp_port_factory()
    await enrol(address, [ADMIN], Schedule("UTC", 0))
    database = await PostgresqlDatabase.open(address)
    async with (
        LoadBalancer([web_port]).listening(port),
        receiving(database, web_port),
        web_fleet(emulator, tmp_path, address, port, ADMIN_IDS=str(ADMIN)) as processes,
    ):
        owner = await processes.start("send", before=DIE + OWNER_POINTS[point])
        assert await processes.fleet.wait_for_epoch(1) == owner.pid
        await processes.start("send")
        await processes.fleet.wait_for_standby()
        await draft_broadcasts(emulator, watch)
        assert await asyncio.wait_for(owner.wait(), TIMEOUT_SECONDS) == -signal.SIGKILL
        assert await effects(watch) == (BROADCASTS, BROADCASTS, 0)
    await database.close()
    assert len(await emulator.calls("setWebhook")) == 2  # by each owner, and by nobody else
    assert not await emulator.calls("getUpdates")


READERS = 100
TALKERS = 3


async def talk(person: EmulatedUser, stop: asyncio.Event) -> int:
    """Ask one question after the other, each when the last one was answered; return how many."""
    asked = 0
    while not stop.is_set():
        await person.send("/help")
        await person.next_message(timeout=TIMEOUT_SECONDS)
        asked += 1
    return asked


async def test_rolling_upgrade_is_noticed_by_nobody(
    emulator: EmulatorClient,
    tmp_path: Path,
    address: PostgresqlAddress,
    watch: asyncpg.Connection,
    unused_tcp_port_factory: Any,
) -> None:
    """Two processes are stopped and started again, one after the other, while people talk and a morning goes out."""
    port, *ports = (unused_tcp_port_factory() for _ in range(3))
    now = datetime.now(UTC)
    schedule = Schedule("UTC", (now - timedelta(hours=1)).hour * 60 + now.minute)
    readers = await emulator.create_users(READERS, language="en")
    await enrol(address, readers, schedule)
    talkers = [await emulator.create_user(f"Talker {number}", language="en") for number in range(TALKERS)]
    stop = asyncio.Event()
    async with (
        LoadBalancer(ports).listening(port),
        web_fleet(emulator, tmp_path, address, port, RATE="12") as processes,
    ):
        fleet = processes.fleet
        running = [await processes.start("all", ports[0])]
        assert await fleet.wait_for_epoch(1) == running[0].pid
        running.append(await processes.start("all", ports[1]))
        await fleet.wait_for_standby()
        await asyncio.gather(*map(until_listening, ports))
        talking = [asyncio.create_task(talk(person, stop)) for person in talkers]
        write_atomically(edition(now), fleet.installation.digests / "today.md")
        await until("SELECT count(*) > 0 FROM deliveries WHERE state = 'sent'", watch)
        for number in range(2):
            running[number].send_signal(signal.SIGTERM)
            assert await fleet.wait_for_epoch(number + 2) == running[1 - number].pid
            assert await asyncio.wait_for(running[number].wait(), TIMEOUT_SECONDS) == ExitCode.SUCCESS
            running[number] = await processes.start("all", ports[number])
            await fleet.wait_for_standby(number + 2)
        # Not that the run is finished: it also waits for the default schedule, which may be due tomorrow.
        await until("SELECT count(*) > 0 FROM deliveries HAVING count(*) = sum((state = 'sent')::int)", watch)
        stop.set()
        asked = sum(await asyncio.gather(*talking))
        await until("SELECT count(*) = 0 FROM inbox", watch)
        states = await watch.fetch("SELECT state, count(*) AS count FROM deliveries GROUP BY state")
        processed = await watch.fetchval("SELECT count(*) FROM updates")
    assert {row["state"]: row["count"] for row in states} == {"sent": READERS}
    assert processed == asked > 0
    sent = [entry.message for entry in await emulator.log() if entry.kind == "bot_message" and entry.message]
    answers = [message for message in sent if "News" not in message.text]
    assert sorted(message.chat_id for message in sent if "News" in message.text) == sorted(readers)
    assert len(answers) == asked
    assert not await emulator.calls("getUpdates")


def edition(now: datetime) -> bytes:
    published = now - timedelta(minutes=5)
    return f"---\ntitle: The day\ndate: {published.isoformat()}\n---\n\n1. [News](https://a.example/1)\n".encode()
