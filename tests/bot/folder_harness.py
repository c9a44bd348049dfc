"""A real folder, publisher and database, looked at by hand: the clock moves only when a test says so."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.digest_folder import DigestFolder
from bot.folder_alerts import FolderAlerts
from bot.folder_ingest import Folder, FolderIngest
from bot.folder_memory import FolderMemory
from bot.picture_files import PictureFolder
from bot.profile_file import load_profile
from delivery.due_soon import is_due_within
from delivery.edition_report import EditionReporter
from delivery.publisher import Publisher
from delivery.publishing import PublishResult, PublishStatus, publish
from digest.model import Digest
from digest.picture_file import ReadPicture, no_files
from digest.reader import read_digests
from domain.chat.i18n import Translations, Translator
from domain.chat.message import Message
from domain.subscription.calendar import Schedule
from storage import digests, schedules
from storage.database import Database
from storage.digests import Source
from tests.databases import open_database

TEXTS = Translations.load()
DEFAULT_SCHEDULE = Schedule("Asia/Shanghai", 8 * 60)
TODAY = date(2025, 9, 12)
MORNING = datetime(2025, 9, 12, 0, 30, tzinfo=UTC)
"""08:30 in Shanghai: the window of DEFAULT_SCHEDULE is open."""

QUIET_SECONDS = 30


def digest_text(
    items: int = 12,
    *,
    day: date = TODAY,
    published: datetime | None = MORNING - timedelta(hours=1),
    title: str = "早报",
) -> str:
    """Return a digest; without an instant of publication it has its day alone."""
    local = published.astimezone(ZoneInfo(DEFAULT_SCHEDULE.zone)).isoformat() if published else day.isoformat()
    news = "".join(f"\n{n}. [News {n}](https://example.org/{n})\n\n    What happened.\n" for n in range(1, items + 1))
    return f"---\ntitle: {title}\ndate: {local}\n---\n{news}"


@dataclass(slots=True)
class FolderHarness:
    """The folder and what became of its files."""

    path: Path
    database: Database
    now: datetime = MORNING
    seconds: float = 1000.0
    published: list[tuple[str, PublishStatus]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    """What editors were told of editions that go out."""
    wakes: int = 0
    started_at: float = field(default_factory=time.time)
    ingest: FolderIngest = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, folder: Folder | None = None, *, has_copies: bool = False) -> None:
        """Begin as a new process does: only the database remembers."""
        digest_folder = DigestFolder(self.path)
        publisher = Publisher(
            self.database,
            self._read,
            publish=self._publish,
            is_due_soon=self._is_due_soon,
            read_other=digest_folder.read_other,
            notify_admins=self._notify,
            report_edition=EditionReporter(self.database, TEXTS, DEFAULT_SCHEDULE.zone, lambda: self.now),
            today=lambda: TODAY,
            has_copies=has_copies,
            read_picture=PictureFolder(self.path, quiet_seconds=QUIET_SECONDS, wall_clock=self._wall_clock),
        )
        self.ingest = FolderIngest(
            folder or digest_folder,
            publisher,
            FolderAlerts(self.path, self.database, self._notify),
            FolderMemory(self.path, self.database),
            quiet_seconds=QUIET_SECONDS,
            wake=self._wake,
            monotonic=lambda: self.seconds,
            wall_clock=self._wall_clock,
        )

    def write(self, name: str, text: str | bytes, *, append: bool = False) -> Path:
        """Write a file at the harness's time."""
        data = text.encode() if isinstance(text, str) else text
        with (self.path / name).open("ab" if append else "wb") as file:
            file.write(data)
        return self.touch(name)

    def touch(self, name: str) -> Path:
        os.utime(self.path / name, (self._wall_clock(), self._wall_clock()))
        return self.path / name

    async def look(self, seconds: float = 0, *, every: float = 1) -> None:
        """Look at the folder now, and then once a second while time passes."""
        await self.ingest.tick()
        passed = 0.0
        while passed < seconds:
            passed += every
            self.seconds += every
            self.now += timedelta(seconds=every)
            await self.ingest.tick()

    async def stored(self, day: date = TODAY) -> Digest | None:
        async with self.database.read() as tx:
            return await digests.get(tx, day)

    def health(self) -> str | None:
        return self.ingest.problem

    async def subscribe(self, schedule: Schedule = DEFAULT_SCHEDULE) -> None:
        async with self.database.write() as tx:
            await schedules.get_or_create(tx, schedule)

    def _wall_clock(self) -> float:
        return self.started_at + self.seconds - 1000

    def _read(self, name: str, data: bytes, *, read_picture: ReadPicture = no_files) -> tuple[Digest, ...]:
        zone, profile = ZoneInfo(DEFAULT_SCHEDULE.zone), load_profile(self.path)
        return read_digests(data, name=name, zone=zone, profile=profile, read_picture=read_picture)

    async def _publish(self, digest: Digest, source: Source) -> PublishResult:
        result = await publish(self.database, TEXTS, DEFAULT_SCHEDULE, digest, source, now=self.now)
        self.published.append((source.path, result.status))
        return result

    async def _is_due_soon(self, digest: Digest) -> bool:
        within = timedelta(seconds=QUIET_SECONDS)
        return await is_due_within(self.database, DEFAULT_SCHEDULE, digest, now=self.now, within=within)

    async def _notify(self, build: Callable[[Translator], Message]) -> None:
        told = build(TEXTS.translator("en")).text.plain
        (self.reports if told.startswith(("📥", "✏️", "🌐")) else self.notices).append(told)

    def _wake(self) -> None:
        self.wakes += 1


@asynccontextmanager
async def folder_harness(tmp_path: Path) -> AsyncIterator[FolderHarness]:
    """Yield a harness with an empty folder and a subscriber of the default schedule."""
    (tmp_path / "digests").mkdir()
    database = await open_database(tmp_path / "bot.db")
    try:
        harness = FolderHarness(tmp_path / "digests", database)
        await harness.subscribe()
        yield harness
    finally:
        await database.close()
