"""What delivery's benchmarks share: a canned server beside them, a machine's description, an audience, an edition."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from sqlalchemy import insert

from benchmarks.reading import digest_of
from bot.settings import Framework
from chat.texts import Texts
from digest.calendar import Schedule
from digest.model import Digest
from digest.parse import parse
from digest.taste import Form, Taste
from digest.views import digest_messages
from storage import schedules as schedule_rows
from storage import tastes as taste_rows
from storage.database import Database
from storage.schema import subscribers

HOUSE = Schedule("Asia/Shanghai", 480)
MORNING = datetime(2025, 9, 12, 0, 0, tzinfo=UTC)
EVE = MORNING - timedelta(hours=2)
TOKEN = "4242:benchmark"  # noqa: S105 - nobody's
TEXTS = Texts.load()


def arguments(description: str | None) -> argparse.Namespace:
    """`--quick` and `--json`, which every benchmark has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="thirty seconds at most, for a first impression")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # figures alone go to stdout
    return parser.parse_args()


def tell(figures: dict[str, Any], *, as_json: bool) -> None:
    """Print what was measured, with the machine."""
    figures = figures | {"machine": machine()}
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for name, value in figures.items():
        print(f"{name:24} {value}")


def machine() -> str:
    """Where this was measured, by its shape."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def pin(core: int) -> None:
    """Stay on one core, ahead of whatever else the machine does, where the system knows how and allows it."""
    with contextlib.suppress(OSError):
        os.nice(-10)
    if hasattr(os, "sched_setaffinity") and core in os.sched_getaffinity(0):
        os.sched_setaffinity(0, {core})


@contextmanager
def canned(*options: str, core: int = 0) -> Iterator[str]:
    """The canned server in a process of its own; its address."""
    command = [sys.executable, "-m", "benchmarks.canned", "--cpu", str(core), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().split()[1]}"
        finally:
            process.terminate()


async def figures_of(api: str) -> dict[str, Any]:
    """What the canned server counted."""
    async with aiohttp.ClientSession() as session, session.get(f"{api}/figures") as answer:
        return dict(json.loads(await answer.read()))


def edition(day: date | None = None, *, published: datetime = EVE, items: int = 40) -> Digest:
    """A long edition whose items have eight categories in turn."""
    (digest,) = parse(digest_of(items, 120).encode(), name="bench.md")
    made = tuple(replace(item, categories=(f"类{number % 8}",)) for number, item in enumerate(digest.items))
    return replace(digest, date=day or MORNING.date(), published=published, items=made, problems=(), categories=())


def tastes(count: int, digest: Digest, *, two_parts: int) -> list[Taste]:
    """Different tastes, so many of which get two messages of the digest and the others one."""
    found: dict[int, list[Taste]] = {1: [], 2: []}
    wanted = {1: count - two_parts, 2: two_parts}
    for number in range(1, 4000):
        chosen = frozenset(f"类{bit}" for bit in range(12) if number >> bit & 1)
        taste = Taste(Form.HEADLINES if number % 2 else Form.FULL, ("zh", "en")[number // 2 % 2], chosen)
        parts = len(digest_messages(digest, taste, TEXTS.say(taste.language)))
        if parts in found and len(found[parts]) < wanted[parts]:
            found[parts].append(taste)
        if all(len(found[parts]) == wanted[parts] for parts in found):
            return [*found[1], *found[2]]
    raise LookupError("the digest does not make enough different messages")


async def enrol(
    database: Database, people: int, wanted: Sequence[Taste], mornings: Sequence[Schedule] = (HOUSE,)
) -> None:
    """Subscribers with chats 1 to `people`; tastes in turn, mornings at random: people do not join in their order."""
    chance = random.Random(1)
    async with database.write() as tx:
        taste_ids = [await taste_rows.keep(tx, taste) for taste in wanted]
        schedule_ids = [await schedule_rows.keep(tx, morning) for morning in mornings]
        plain = {"kind": "private", "active": True, "silent": False, "language_chosen": False}
        moments = {"joined_at": EVE - timedelta(days=9), "seen_at": EVE}
        for start in range(0, people, 50_000):
            rows = [
                {
                    "chat_id": number + 1,
                    "taste_id": taste_ids[number % len(taste_ids)],
                    "schedule_id": chance.choice(schedule_ids),
                    **plain,
                    **moments,
                }
                for number in range(start, min(people, start + 50_000))
            ]
            await tx.execute(insert(subscribers), rows)


@asynccontextmanager
async def bot_process(
    api: str, folder: Path, rate: float, *, driver: Framework = Framework.AIOGRAM
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The whole bot in a process of its own, on the second core."""
    command = [sys.executable, "-m", "benchmarks.bot_process", api, TOKEN, str(folder), str(rate), driver]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def resident_mb(pid: int, field: str = "VmRSS") -> float:
    """Memory of a process (`VmHWM`: the most it ever had)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def noon() -> Schedule:
    """A schedule whose morning began an hour ago, somewhere where it is about noon now."""
    now = datetime.now(UTC)
    east = (12 - now.hour) % 24
    east = east if east <= 12 else east - 24
    return Schedule(f"Etc/GMT{-east:+d}" if east else "Etc/GMT", 11 * 60)
