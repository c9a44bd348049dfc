"""Decide when a file is complete: when it has been unchanged for long enough. Pure; times are monotonic seconds.

new or changed -> (SHORT_QUIET_SECONDS) -> quiet -> (the longer quiet time, or an old modification time) -> settled
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from bot.folder_scan import FileStamp

SHORT_QUIET_SECONDS = 3.0
"""How long a file must be unchanged before it is read: longer than the two seconds in which coarse file times count."""

OLD_FILE_SECONDS = 600.0
"""A file last modified this long ago needs only the short quiet time: it was moved in, or copied with its time.

Long, because the clock of a file server may be behind.
"""

RESTLESS_SECONDS = 600.0
"""After this time of changes a file is reported: it may be an edition that never goes out."""


class Quietness(IntEnum):
    """How long a file has been unchanged."""

    NEW = 0
    QUIET = 1
    """For the short time: complete enough for what is due later and can be corrected until then."""
    SETTLED = 2
    """For the longer time: complete enough to be sent at once."""


@dataclass(slots=True)
class _File:
    stamp: FileStamp
    unchanged_since: float
    restless_since: float
    is_done: bool = False
    needs: Quietness = Quietness.QUIET
    retry_at: float = 0.0
    content_hash: str = ""


class FileSettling:
    """Follows the stamps of all files, and tells which of them are to be ingested now."""

    def __init__(self, quiet_seconds: float) -> None:
        self._short_seconds = min(SHORT_QUIET_SECONDS, quiet_seconds)
        self._quiet_seconds = quiet_seconds
        self._files: dict[str, _File] = {}

    def observe(self, stamps: Mapping[str, FileStamp], now: float) -> None:
        """Take in the stamps of a scan."""
        self._files = {name: file for name, file in self._files.items() if name in stamps}
        for name, stamp in stamps.items():
            file = self._files.get(name)
            if file is None or (file.is_done and file.stamp != stamp):
                self._files[name] = _File(stamp, unchanged_since=now, restless_since=now)
            elif file.stamp != stamp:
                file.stamp = stamp
                self.restart(name, now)

    def quietness(self, name: str, now: float, *, wall_clock: float) -> Quietness:
        """Return how long a file has been unchanged; `wall_clock` is that of the files' times, in epoch seconds."""
        file = self._files[name]
        unchanged = now - file.unchanged_since
        is_old = wall_clock - file.stamp.modified_ns / 1e9 >= OLD_FILE_SECONDS
        if unchanged >= self._quiet_seconds or (is_old and unchanged >= self._short_seconds):
            return Quietness.SETTLED
        return Quietness.QUIET if unchanged >= self._short_seconds else Quietness.NEW

    def ready(self, now: float, *, wall_clock: float) -> list[str]:
        """Return the files to ingest, in the order in which they were written."""
        ready = [
            name
            for name, file in self._files.items()
            if not file.is_done
            and now >= file.retry_at
            and self.quietness(name, now, wall_clock=wall_clock) >= file.needs
        ]
        return sorted(ready, key=lambda name: (self._files[name].stamp.modified_ns, name))

    def waits_for_quiet(self) -> bool:
        """Return whether a file is still to be ingested for the first time."""
        return any(
            not file.is_done and file.needs is Quietness.QUIET and not file.retry_at for file in self._files.values()
        )

    def restless(self, now: float) -> list[str]:
        """Return the files that keep changing."""
        return [
            name
            for name, file in self._files.items()
            if not file.is_done
            and now - file.restless_since >= RESTLESS_SECONDS
            and now - file.unchanged_since < self._quiet_seconds
        ]

    def has_changed(self, name: str, content_hash: str) -> bool:
        """Return whether a file's bytes differ from those it had when it began to settle, in spite of its stamp."""
        known = self._files[name].content_hash
        return bool(known) and known != content_hash

    def wait_until_settled(self, name: str, content_hash: str) -> None:
        """Keep a file back until it has been unchanged for the longer time."""
        self._files[name].needs = Quietness.SETTLED
        self._files[name].content_hash = content_hash

    def restart(self, name: str, now: float) -> None:
        """Note that a file has just changed."""
        file = self._files[name]
        file.unchanged_since, file.needs, file.content_hash = now, Quietness.QUIET, ""

    def done(self, name: str) -> None:
        """Note that a file was ingested; it is ready again when it changes."""
        self._files[name].is_done = True

    def retry(self, names: Iterable[str], *, at: float) -> None:
        """Make files ready again, without another quiet time."""
        for name in names:
            if name in self._files:
                self._files[name].is_done = False
                self._files[name].retry_at = at

    def names(self) -> frozenset[str]:
        """Return the files of the last scan."""
        return frozenset(self._files)

    def stamp(self, name: str) -> FileStamp | None:
        """Return a file's stamp, or None if it is not in the folder."""
        file = self._files.get(name)
        return file.stamp if file else None
