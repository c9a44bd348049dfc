"""A death at every named point: what it leaves is what is promised, and the next process brings it to its end."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from domain.chat.event import Chat
from domain.subscription.preferences import ContentPreferences
from emulator.client import EmulatorClient
from storage import subscribers
from storage.database import Database
from tests.delivery.failpoints import DIED, POINTS
from tests.delivery.harness import EVE, HOUSE

PEOPLE = 12
SEED = 5
ONCE = {"before an edition is stored", "within the transaction that stores an edition", "after planning"}


async def _run(emulator: EmulatorClient, path: Path, point: str = "", nth: int = 1) -> int:
    command = [
        sys.executable,
        "-m",
        "tests.delivery.failpoints",
        emulator.api_url,
        emulator.token,
        str(path),
        point,
        str(nth),
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    return await process.wait()


@pytest.mark.parametrize("point", sorted(POINTS))
async def test_a_death_at_this_point(emulator: EmulatorClient, tmp_path: Path, point: str) -> None:
    chance = random.Random(f"{SEED} {point}")
    once = point in ONCE or "planning" in point
    nth = 1 if once else chance.randrange(1, 4 if "ledger" in point else PEOPLE)
    path, chats = tmp_path / "bot.db", await emulator.create_users(PEOPLE)
    await _enrol(path, chats)

    assert await _run(emulator, path, point, nth) == DIED, f"the point was not reached {nth} times (seed {SEED})"
    states = _states(path)
    assert not states["unconfirmed"]
    open_ = states["in_flight"]
    assert open_ <= 8, "more were written down as sent than may be in flight"
    had = await _received(emulator)
    # Whoever has it is in the ledger as sent or in flight, never as still to come.
    assert sum(had.values()) <= states["sent"] + open_

    assert await _run(emulator, path) == 0
    states, had = _states(path), await _received(emulator)
    assert set(had.values()) <= {1}, f"somebody had it twice (seed {SEED}, {point}, {nth})"
    assert not states["in_flight"]
    assert states["sent"] + states["unconfirmed"] == PEOPLE
    assert states["unconfirmed"] <= open_
    assert states["sent"] <= len(had) <= PEOPLE


async def _enrol(path: Path, chats: list[int]) -> None:
    database = await Database.open(path)
    async with database.write() as tx:
        for chat in chats:
            one = await subscribers.add(tx, Chat(chat), (HOUSE, ContentPreferences()), now=EVE)
            await subscribers.activate(tx, one.id, now=EVE)
    await database.close()


def _states(path: Path) -> Counter[str]:
    with closing(sqlite3.connect(path)) as connection:
        return Counter(dict(connection.execute("SELECT state, count(*) FROM deliveries GROUP BY state").fetchall()))


async def _received(emulator: EmulatorClient) -> Counter[int]:
    return Counter(one.chat_id for one in await emulator.log(kind="bot_message") if one.chat_id is not None)
