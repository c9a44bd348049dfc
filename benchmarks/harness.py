"""Shared parts of the benchmarks: server and bot as processes, subscribers and their preferences, an edition."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import insert

from benchmarks.sample_digest import sample_digest
from bot.settings import DriverName
from digest.model import Digest
from digest.reader import read_digests
from domain.chat.i18n import Translations
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from storage import content_preferences as preferences_rows
from storage import schedules as schedule_rows
from storage.database import Database
from storage.schema import subscribers
from storage.sqlite.database import SqliteDatabase
from views.digest_messages import digest_messages

DEFAULT_SCHEDULE = Schedule("Asia/Shanghai", 480)
MORNING = datetime(2025, 9, 12, 0, 0, tzinfo=UTC)
EVE = MORNING - timedelta(hours=2)
TOKEN = "4242:benchmark"  # noqa: S105 - nobody's
TEXTS = Translations.load()


OpenDatabase = Callable[[Path], Awaitable[Database]]
"""Opens a new database; a path names it."""


async def open_file(path: Path) -> Database:
    """Open an SQLite file."""
    return await SqliteDatabase.open(path)


@contextmanager
def canned_server(*options: str, core: int = 0) -> Iterator[str]:
    """Run the canned server in a process of its own, and give its address."""
    command = [sys.executable, "-m", "benchmarks.canned_server", "--cpu", str(core), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().split()[1]}"
        finally:
            process.terminate()


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Let so many processes compute, on any core, until the block ends."""
    with ExitStack() as stack:
        for _ in range(count):
            process = subprocess.Popen([sys.executable, "-c", "while True: sum(range(10_000))"])
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield


async def server_figures(api: str) -> dict[str, Any]:
    """Return what the canned server counted."""
    async with aiohttp.ClientSession() as session, session.get(f"{api}/figures") as answer:
        return dict(json.loads(await answer.read()))


def edition(day: date | None = None, *, published: datetime = EVE, items: int = 40) -> Digest:
    """Return a long edition whose items have eight categories in turn."""
    (digest,) = read_digests(sample_digest(items, 120).encode(), name="bench.md")
    categorised = tuple(replace(item, categories=(f"类{number % 8}",)) for number, item in enumerate(digest.items))
    return replace(
        digest, date=day or MORNING.date(), published_at=published, items=categorised, problems=(), categories=()
    )


def content_preferences(count: int, digest: Digest, *, two_parts: int) -> list[ContentPreferences]:
    """Return different content preferences, `two_parts` of which get two messages of the digest, the others one."""
    by_parts: dict[int, list[ContentPreferences]] = {1: [], 2: []}
    wanted = {1: count - two_parts, 2: two_parts}
    for number in range(1, 4000):
        categories = frozenset(f"类{bit}" for bit in range(12) if number >> bit & 1)
        preferences = ContentPreferences(
            Layout.HEADLINES if number % 2 else Layout.FULL, ("zh", "en")[number // 2 % 2], categories
        )
        parts = len(digest_messages(digest, preferences, TEXTS.translator(preferences.language)))
        if parts in by_parts and len(by_parts[parts]) < wanted[parts]:
            by_parts[parts].append(preferences)
        if all(len(by_parts[parts]) == wanted[parts] for parts in by_parts):
            return [*by_parts[1], *by_parts[2]]
    raise LookupError("the digest does not make enough different messages")


async def enrol(
    database: Database,
    people: int,
    wanted: Sequence[ContentPreferences],
    mornings: Sequence[Schedule] = (DEFAULT_SCHEDULE,),
) -> None:
    """Store subscribers with chats 1 to `people`: preferences in turn, schedules at random (nobody joins in order)."""
    generator = random.Random(1)
    async with database.write() as tx:
        preferences_ids = [await preferences_rows.get_or_create(tx, preferences) for preferences in wanted]
        schedule_ids = [await schedule_rows.get_or_create(tx, morning) for morning in mornings]
        plain = {"kind": "private", "active": True, "silent": False, "language_chosen": False}
        moments = {"joined_at": EVE - timedelta(days=9), "last_seen_at": EVE}
        for start in range(0, people, 50_000):
            rows = [
                {
                    "bot_id": tx.bot_id,
                    "chat_id": number + 1,
                    "preferences_id": preferences_ids[number % len(preferences_ids)],
                    "schedule_id": generator.choice(schedule_ids),
                    **plain,
                    **moments,
                }
                for number in range(start, min(people, start + 50_000))
            ]
            await tx.execute(insert(subscribers), rows)


@asynccontextmanager
async def bot_process(
    api: str, folder: Path, rate: float, *, driver: DriverName = DriverName.AIOGRAM
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the whole bot in a process of its own, on the second core."""
    command = [sys.executable, "-m", "benchmarks.bot_process", api, TOKEN, str(folder), str(rate), driver]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def noon() -> Schedule:
    """Return a schedule whose time was an hour ago, in a zone where it is about noon now."""
    now = datetime.now(UTC)
    east = (12 - now.hour) % 24
    east = east if east <= 12 else east - 24
    return Schedule(f"Etc/GMT{-east:+d}" if east else "Etc/GMT", 11 * 60)
