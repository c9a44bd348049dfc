"""The bots and people of a fleet in a PostgreSQL database, their editions, and what ledger and chats say afterwards."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from bot.files import write_atomically
from domain.chat.event import Chat
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import bots, subscribers
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import PostgresqlDatabase
from tests.fleet.process import FleetSettings
from tests.mornings import FIRST_DAY, edition, shanghai
from tests.torture.audit import LedgerRow, Morning, ReceivedMessage, audit

FIRST_TOKEN = 4242
FIRST_CHAT = 1_000_000
FIRST_BOT = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """What the Bot API server has taken: messages and dropped calls by bot and day."""

    received: Mapping[tuple[int, str], Sequence[ReceivedMessage]]
    dropped: Mapping[tuple[int, str], frozenset[int]]
    times: Sequence[tuple[float, str]]
    """When each message came, on the monotonic clock, and from which address."""

    refusals: Sequence[str]
    """Which bot's message was beyond the rate, and when those before it came."""

    fullest_second: int


@dataclass(frozen=True, slots=True)
class BotApi:
    """A running server of `tests.fleet.bot_api`."""

    url: str

    async def figures(self) -> Figures:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/figures") as answer:
            figures = json.loads(await answer.read())
        received: dict[tuple[int, str], list[ReceivedMessage]] = defaultdict(list)
        for token, day, chat, message_id, is_whole, *_ in figures["messages"]:
            received[_bot_of(token), day].append(ReceivedMessage(chat, message_id, is_whole=is_whole))
        dropped: dict[tuple[int, str], set[int]] = defaultdict(set)
        for token, day, chat in figures["dropped"]:
            dropped[_bot_of(token), day].add(chat)
        return Figures(
            received,
            {key: frozenset(chats) for key, chats in dropped.items()},
            [(row[5], row[6]) for row in figures["messages"]],
            [f"bot {_bot_of(bot)}: a message beyond the rate, after {ages} ms" for bot, ages in figures["refused"]],
            figures["fullest_second"],
        )


def _bot_of(token: int) -> int:
    return FIRST_BOT + token - FIRST_TOKEN


@asynccontextmanager
async def running_bot_api(*arguments: str) -> AsyncIterator[BotApi]:
    """Run the server in a process of its own."""
    command = sys.executable, "-m", "tests.fleet.bot_api", *arguments
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield BotApi((await process.stdout.readline()).decode().removeprefix("ready ").strip())
    finally:
        process.terminate()
        await process.wait()


@dataclass(frozen=True, slots=True)
class Installation:
    """Bots in a database, each with the same people; the clock of their processes is in a file."""

    folder: Path
    address: PostgresqlAddress
    bots: int
    people: int

    @property
    def chats(self) -> frozenset[int]:
        return frozenset(range(FIRST_CHAT, FIRST_CHAT + self.people))

    def settings(self, api: BotApi, **more: Any) -> FleetSettings:
        return FleetSettings(
            **{
                "database": self.address.url,
                "api": api.url,
                "token": f"{FIRST_TOKEN}:loopback",
                "folder": self.folder,
                **more,
            }
        )

    async def create(self) -> None:
        """Store the bots and their people, who joined long before the first morning."""
        self.set_clock(shanghai(FIRST_DAY, 5))
        joined = shanghai(FIRST_DAY - timedelta(days=30), 0)
        wishes = Schedule("Asia/Shanghai", 480), ContentPreferences()
        database = await PostgresqlDatabase.open(self.address)
        for number in range(self.bots):
            self.digests(number).mkdir()
            async with database.for_bot(FIRST_BOT + number).write() as tx:
                if number:
                    token = self.folder / f"token-{number}"
                    token.write_text(f"{FIRST_TOKEN + number}:loopback")
                    token.chmod(0o600)
                    settings = {"digests": str(self.digests(number))}
                    assert await bots.add(tx, f"bot-{number}", f"file:{token}", settings)
                first = await subscribers.add(tx, Chat(FIRST_CHAT), wishes, now=joined)
                await subscribers.activate(tx, first.id, now=joined)
        await database.close()
        connection = await asyncpg.connect(self.address.url)
        await connection.execute(_MORE_PEOPLE, FIRST_CHAT, self.people - 1)
        await connection.execute("ANALYZE")
        await connection.close()

    def digests(self, number: int) -> Path:
        """Return the digest folder of the n-th bot."""
        return self.folder / (f"digests-{number}" if number else "digests")

    def set_clock(self, instant: datetime) -> None:
        offset = (instant - datetime.now(UTC)).total_seconds()
        write_atomically(str(offset).encode(), self.folder / "clock")

    def write_editions(self, day: date) -> None:
        for number in range(self.bots):
            write_atomically(edition(day).encode(), self.digests(number) / f"{day}.md")

    async def count_runs(self, day: date, *, finished: bool = False) -> int:
        """Return how many bots have a run of a day, or have finished it; 0 while the server is away."""
        state = " AND state = 'finished'" if finished else ""
        query = f"SELECT count(*) FROM runs WHERE date = $1{state}"  # noqa: S608 - of constants
        return int(await self.value(query, day.isoformat()) or 0)

    async def unfinished(self, day: date) -> list[str]:
        """Say of each bot that has not finished a day's run who owns it since when, and what its rows wait for."""
        connection = await asyncpg.connect(self.address.url)
        rows = await connection.fetch(_UNFINISHED, day.isoformat())
        await connection.close()
        return [", ".join(f"{name} {value}" for name, value in row.items()) for row in rows]

    async def is_at_work(self, pid: int) -> bool:
        """Return whether a process of this machine has owned a bot for a second."""
        query = "SELECT count(*) FROM leases WHERE owner LIKE '%:' || $1 AND since < now() - interval '1 second'"
        return bool(await self.value(query, str(pid)))

    async def takeovers(self) -> int:
        """Return how many times a bot came to another process, or to the same one again."""
        connection = await asyncpg.connect(self.address.url)
        count: int = await connection.fetchval("SELECT sum(epoch)::bigint - count(*) FROM leases")
        await connection.close()
        return count

    async def value(self, query: str, *values: object) -> Any:
        """Return the first value that a query finds, or None while the server is away."""
        try:
            connection = await asyncpg.connect(self.address.url, timeout=2)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            return None
        try:
            return await connection.fetchval(query, *values, timeout=5)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            return None
        finally:
            connection.terminate()

    async def audit(self, day: date, figures: Figures, *, has_outage: bool = False) -> tuple[list[str], int]:
        """Return every disagreement between a day's ledger and the chats, and how many parts are unconfirmed.

        An outage explains whatever is unconfirmed.
        """
        connection = await asyncpg.connect(self.address.url)
        ledgers: dict[int, list[LedgerRow]] = {FIRST_BOT + number: [] for number in range(self.bots)}
        for row in await connection.fetch(_LEDGER, day.isoformat()):
            ledgers[row[0]].append(LedgerRow(*row[1:]))
        await connection.close()
        disagreements = []
        for bot, ledger in ledgers.items():
            key = bot, day.isoformat()
            unanswered = self.chats if has_outage else figures.dropped.get(key, frozenset())
            faults = frozenset((chat, "drop") for chat in unanswered)
            morning = Morning(self.chats, tuple(ledger), tuple(figures.received.get(key, ())), faults)
            disagreements += [f"{day}, bot {bot}: {text}" for text in audit(morning)]
        unconfirmed = sum(row.state == "unconfirmed" for ledger in ledgers.values() for row in ledger)
        return disagreements, unconfirmed


_MORE_PEOPLE = """
INSERT INTO subscribers (
    bot_id, chat_id, kind, active, silent, language_chosen, schedule_id, preferences_id, joined_at, last_seen_at)
SELECT bot_id, chat_id + n, kind, active, silent, language_chosen, schedule_id, preferences_id, joined_at, last_seen_at
FROM subscribers, generate_series(1, $2::integer) AS n WHERE chat_id = $1
"""
_UNFINISHED = """
SELECT b.id AS bot, l.owner, l.epoch, now() - l.since AS owned_for, r.state AS run, r.state_reason AS because,
    (SELECT string_agg(concat_ws(' ', found.count, found.state), ' + ') FROM (
        SELECT state, count(*) FROM deliveries WHERE run_id = r.id GROUP BY state ORDER BY state) AS found) AS rows
FROM bots b LEFT JOIN leases l ON l.bot_id = b.id LEFT JOIN runs r ON r.bot_id = b.id AND r.date = $1
WHERE r.state IS DISTINCT FROM 'finished' ORDER BY b.id
"""
_LEDGER = """
SELECT r.bot_id, s.chat_id, d.part, d.state, d.message_id, d.reason, d.error
FROM deliveries d JOIN runs r ON r.id = d.run_id JOIN subscribers s ON s.id = d.subscriber_id WHERE r.date = $1
"""
