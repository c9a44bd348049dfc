"""Publish the digests of the watched folder: look at it again and again, and ingest each file that is complete.

scan -> FileSettling: which files are quiet -> read -> Publisher.ingest -> wake the scheduler
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from bot.file_settling import FileSettling, Quietness
from bot.folder_alerts import FolderAlerts
from bot.folder_memory import FolderMemory
from bot.folder_scan import FileContent, FileStamp, FileUnavailable, FolderScan, FolderUnavailable
from delivery.publisher import Ingested, KnownFiles, Publisher
from domain.file_names import shown_name
from domain.folder_problems import FileProblem, FolderProblem

log = structlog.get_logger(__name__)

SCAN_INTERVAL_SECONDS = 1.0
"""Time between two scans."""

MAX_SCAN_SHARE = 0.05
"""The greatest part of the time that scans may take: those of a large folder are rarer."""

RETRY_SECONDS = 30.0
"""Time until a file is tried again after a failure of our own, such as a full disk."""


class Folder(Protocol):
    """The digest folder; `bot.digest_folder.DigestFolder` or a test's."""

    async def scan(self) -> FolderScan:
        """Return the digests of the folder. Raises `FolderUnavailable`."""

    async def read(self, name: str) -> FileContent | None:
        """Return a file's content, or None if it is not there. Raises `FileUnavailable`."""


class FolderIngest:
    """Looks at the folder until cancelled. Nothing that leaves the folder is withdrawn."""

    def __init__(
        self,
        folder: Folder,
        publisher: Publisher,
        alerts: FolderAlerts,
        memory: FolderMemory,
        *,
        quiet_seconds: float,
        wake: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._publisher = publisher
        self._alerts = alerts
        self._memory = memory
        self._settling = FileSettling(quiet_seconds)
        self._quiet_seconds = quiet_seconds
        self._wake = wake
        self._monotonic = monotonic
        self._wall_clock = wall_clock
        self._scan_seconds = 0.0
        self._has_scanned = False
        self._blocked: dict[str, tuple[str, FileStamp | None]] = {}

    @property
    def problem(self) -> str | None:
        """Why digests are not read, for /health; None if all is well."""
        return self._alerts.problem

    @property
    def holds_up_start(self) -> bool:
        """Whether a file that no process has ingested yet is still to be read."""
        return self._settling.waits_for_quiet()

    async def run(self, first_scan_done: asyncio.Event) -> None:
        """Ingest what is in the folder, set `first_scan_done`, and go on with every change."""
        while True:
            try:
                await self.tick()
            except Exception:
                log.exception("digest_folder_tick_failed")
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not self.holds_up_start:
                first_scan_done.set()
            interval = min(SCAN_INTERVAL_SECONDS, self._quiet_seconds)
            await asyncio.sleep(max(interval, self._scan_seconds / MAX_SCAN_SHARE))

    async def tick(self) -> None:
        """Scan the folder once and ingest the files that are ready."""
        scan = await self._scan()
        if scan is None:
            return
        is_first, self._has_scanned = not self._has_scanned, True
        now = self._monotonic()
        self._settling.observe(scan.files, now)
        self._alerts.forget_missing({shown_name(name) for name in (*scan.files, *scan.problems)})
        for name, problem in scan.problems.items():
            await self._alerts.file_failed(name, problem, now)
        for name in self._settling.restless(now):
            await self._alerts.file_failed(name, FileProblem.CHANGING, now)
        self._unblock(now)
        if is_first:
            await self._pass_over_known(await self._publisher.known_files(), now)
        else:
            await self._ingest_all(self._settling.ready(now, wall_clock=self._wall_clock()))
        await self._memory.note(scan.identity, is_empty=scan.is_empty)

    async def _scan(self) -> FolderScan | None:
        """Return a scan, or None if the folder is not there or stands in for the one that was."""
        started = self._monotonic()
        try:
            scan = await self._folder.scan()
            self._scan_seconds = self._monotonic() - started
            if scan.is_empty and await self._memory.is_replaced(scan.identity):
                raise FolderUnavailable(FolderProblem.EMPTIED)
        except FolderUnavailable as error:
            await self._alerts.folder_failed(error.problem, self._monotonic())
            return None
        await self._alerts.folder_works()
        return scan

    async def _pass_over_known(self, known: KnownFiles, now: float) -> None:
        """Compare the files with what an earlier process ingested; only new bytes hold up the start."""
        for name in self._settling.names():
            content = await self._read(name, now)
            if content is None or content.stamp != self._settling.stamp(name):
                continue
            content_hash = hashlib.sha256(content.data).hexdigest()
            self._publisher.note_read(name, content_hash)
            if (name, content_hash) in known.published:
                self._settling.done(name)
            elif (name, content_hash) in known.others:
                self._settling.wait_until_settled(name, content_hash)

    async def _ingest_all(self, names: Iterable[str]) -> None:
        has_ingested = False
        for name in names:
            has_ingested |= await self._ingest(name)
        if has_ingested:
            self._wake()

    async def _ingest(self, name: str) -> bool:
        """Ingest a file if its time has come; return whether something may be due now."""
        now = self._monotonic()
        content = await self._read(name, now)
        if content is None:
            return False
        content_hash = hashlib.sha256(content.data).hexdigest()
        if content.stamp != self._settling.stamp(name) or self._settling.has_changed(name, content_hash):
            self._settling.restart(name, now)
            return False
        quietness = self._settling.quietness(name, now, wall_clock=self._wall_clock())
        try:
            ingested = await self._publisher.ingest(name, content.data, is_settled=quietness is Quietness.SETTLED)
        except Exception:
            # A failure of our own is nothing the editor can mend. Neither other files nor subscribers wait for it.
            log.exception("digest_ingest_failed", file=shown_name(name))
            self._settling.retry([name], at=now + RETRY_SECONDS)
            await self._alerts.file_failed(name, FileProblem.FAILED, now)
            return False
        if not ingested.is_too_early:
            await self._alerts.file_works(name)
        return self._settle(name, content_hash, quietness, ingested)

    async def _read(self, name: str, now: float) -> FileContent | None:
        """Return a file's content, or None if it cannot be read now."""
        try:
            return await self._folder.read(name)
        except FileUnavailable as error:
            if error.problem is FileProblem.CHANGING:  # reported only if it goes on
                self._settling.restart(name, now)
            else:
                await self._alerts.file_failed(name, error.problem, now)
        return None

    def _settle(self, name: str, content_hash: str, quietness: Quietness, ingested: Ingested) -> bool:
        if ingested.is_too_early:
            if quietness is Quietness.QUIET:
                self._settling.wait_until_settled(name, content_hash)
            return False
        self._settling.done(name)
        if ingested.blocked_by is not None:
            self._blocked[name] = ingested.blocked_by, self._settling.stamp(ingested.blocked_by)
        return True

    def _unblock(self, now: float) -> None:
        """Try files again that hold an edition of another file, once that one has changed or gone."""
        changed = [name for name, (other, stamp) in self._blocked.items() if self._settling.stamp(other) != stamp]
        for name in changed:
            del self._blocked[name]
        self._settling.retry(changed, at=now)
