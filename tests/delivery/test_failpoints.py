"""Crash at every named point: it leaves the promised state, and the next process completes the run."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections import Counter
from pathlib import Path

import pytest

from domain.chat.event import Chat
from domain.subscription.preferences import ContentPreferences
from emulator.client import EmulatorClient
from storage import subscribers
from tests.databases import open_database, sql
from tests.delivery import failpoints
from tests.delivery.failpoints import CRASHED, POINTS
from tests.delivery.harness import DEFAULT_SCHEDULE, EVE

PEOPLE = 12
SEED = 5
ONCE = {"before an edition is stored", "within the transaction that stores an edition", "after planning"}


FORK_SERVER = multiprocessing.get_context("forkserver")
FORK_SERVER.set_forkserver_preload(["tests.delivery.failpoints"])


async def run_process(emulator: EmulatorClient, path: Path, point: str = "", nth: int = 1) -> int | None:
    """Run a delivery process to its end, and return its exit code. It is forked, so it need not import anything."""
    process = FORK_SERVER.Process(
        target=failpoints.main, args=(emulator.api_url, emulator.token, path, point, nth), daemon=True
    )
    process.start()
    await asyncio.to_thread(process.join)
    return process.exitcode


@pytest.mark.parametrize("point", sorted(POINTS))
async def test_crash_at_each_point(emulator: EmulatorClient, tmp_path: Path, point: str) -> None:
    generator = random.Random(f"{SEED} {point}")
    once = point in ONCE or "planning" in point
    nth = 1 if once else generator.randrange(1, 4 if "ledger" in point else PEOPLE)
    path, chats = tmp_path / "bot.db", await emulator.create_users(PEOPLE)
    await enrol(path, chats)

    assert await run_process(emulator, path, point, nth) == CRASHED, (
        f"the point was not reached {nth} times (seed {SEED})"
    )
    states = await _states(path)
    assert not states["unconfirmed"]
    in_flight = states["in_flight"]
    assert in_flight <= 8, "more rows are in flight than may be"
    received = await _received(emulator)
    # A message that arrived is recorded as sent or in flight, never as pending.
    assert sum(received.values()) <= states["sent"] + in_flight

    assert await run_process(emulator, path) == 0
    states, received = await _states(path), await _received(emulator)
    assert set(received.values()) <= {1}, f"somebody received it twice (seed {SEED}, {point}, {nth})"
    assert not states["in_flight"]
    assert states["sent"] + states["unconfirmed"] == PEOPLE
    assert states["unconfirmed"] <= in_flight
    assert states["sent"] <= len(received) <= PEOPLE


async def enrol(path: Path, chats: list[int], preferences: ContentPreferences | None = None) -> None:
    database = await open_database(path)
    async with database.write() as tx:
        for chat in chats:
            wishes = DEFAULT_SCHEDULE, preferences or ContentPreferences()
            subscriber = await subscribers.add(tx, Chat(chat), wishes, now=EVE)
            await subscribers.activate(tx, subscriber.id, now=EVE)
    await database.close()


async def _states(path: Path) -> Counter[str]:
    database = await open_database(path)
    async with database.read() as tx:
        rows = (await sql(tx, "SELECT state, count(*) FROM deliveries GROUP BY state")).all()
    await database.close()
    return Counter({row[0]: row[1] for row in rows})


async def _received(emulator: EmulatorClient) -> Counter[int]:
    entries = await emulator.log(kind="bot_message")
    return Counter(entry.chat_id for entry in entries if entry.chat_id is not None)
