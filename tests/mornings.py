"""Mornings of the whole bot in a process of its own: its people, its editions, and what its database says meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.chat.event import Chat
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from storage import subscribers
from storage.sqlite.database import SqliteDatabase
from tests.torture.audit import LedgerRow

FIRST_DAY = date(2031, 3, 3)
ADMIN_ID = 9001

STEADY_FAULTS = (("drop", 0.004), ("reset", 0.003), ("html502", 0.002), ("flood", 0.0004))
"""Faults of single sends, each with its probability."""


def shanghai(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a time of day in Shanghai as an instant."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


WHOLE_EDITION = ("A first thing", "A second thing", "All in all")
"""Words of each piece of an edition."""


def edition(day: date) -> str:
    """Return the digest of a day, which takes one message."""
    return (
        f"---\ntitle: Morning of {day}\ndate: {day}T06:00:00+08:00\ncategories: [技术]\n---\n\n"
        "A line of introduction.\n\n---\n\n"
        "1.  [A first thing](https://example.org/1)\n\n    It happened, and this is what it means for everybody.\n\n"
        "2.  [A second thing](https://example.org/2)\n\n    It did not happen, which is what matters here.\n\n"
        "---\n\n**点评：** All in all a day like any other.\n"
    )


async def enrol(folder: Path, chats: Iterable[int], *, rich: Collection[int] = ()) -> None:
    """Create the bot's folder of digests and its database, with subscribers who joined a month before `FIRST_DAY`.

    Those of `rich` read the rich layout.
    """
    (folder / "digests").mkdir()
    joined = shanghai(FIRST_DAY - timedelta(days=30), 0)
    schedule, usual = Schedule("Asia/Shanghai", 480), ContentPreferences()
    database = await SqliteDatabase.open(folder / "digestbot.db")
    async with database.write() as tx:
        for chat in chats:
            preferences = replace(usual, layout=Layout.RICH) if chat in rich else usual
            subscriber = await subscribers.add(tx, Chat(chat), (schedule, preferences), now=joined)
            await subscribers.activate(tx, subscriber.id, now=joined)
    await database.close()


def read_rows(folder: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Query the bot's database for reading: a writer that closes last would delete the log that a kill left."""
    uri = f"file:{folder / 'digestbot.db'}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
        return connection.execute(query, values).fetchall()


def read_ledger(folder: Path, run_query: str, *values: object) -> tuple[LedgerRow, ...]:
    """Return the deliveries of the runs that a query selects."""
    query = f"""SELECT s.chat_id, d.part, d.state, d.message_id, d.reason, d.error FROM deliveries d
        JOIN subscribers s ON s.id = d.subscriber_id WHERE d.run_id IN ({run_query})"""  # noqa: S608 - of constants
    return tuple(LedgerRow(*row) for row in read_rows(folder, query, *values))
