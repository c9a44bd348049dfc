"""Report what is wrong with the digest folder and its files: in /health at once, and to the bot admins once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass
from pathlib import Path

import structlog

from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.file_names import shown_name
from domain.folder_problems import FileProblem, FolderProblem
from storage import kv, source_files
from storage.database import Database
from views import folder_notices

log = structlog.get_logger(__name__)

NotifyAdmins = Callable[[Callable[[Translator], Message]], Awaitable[None]]

PATIENCE_SECONDS = 20.0
"""How long a problem must last before the admins are told: a share may be away for a moment."""

_TOLD = "folder_problem"
"""Key of the problem that the admins were told last, so that a restart does not repeat it."""

_UNHEALTHY = (FileProblem.HANGS, FileProblem.FAILED)
"""Problems of single files that an operator must see; the others are the editor's to correct."""


@dataclass(slots=True)
class _Trouble:
    problem: FolderProblem | FileProblem
    since: float
    is_told: bool = False

    def is_due(self, now: float) -> bool:
        return not self.is_told and now - self.since >= PATIENCE_SECONDS


class FolderAlerts:
    """Follows the problems of the folder as a whole and of single files. Times are monotonic seconds."""

    def __init__(self, folder: Path, database: Database, notify_admins: NotifyAdmins) -> None:
        self._folder = shown_name(str(folder.absolute()))
        self._database = database
        self._notify_admins = notify_admins
        self._trouble: _Trouble | None = None
        self._is_clear = False
        self._files: dict[str, _Trouble] = {}

    @property
    def problem(self) -> str | None:
        """Why digests are not read, for /health; None if all is well."""
        if self._trouble is not None:
            return f"{self._folder}: {self._trouble.problem}"
        files = [f"{name}: {trouble.problem}" for name, trouble in self._files.items() if trouble.problem in _UNHEALTHY]
        return "; ".join(sorted(files)[:8]) or None

    async def folder_failed(self, problem: FolderProblem, now: float) -> None:
        """Report that the folder cannot be read; the admins are told when it lasts."""
        if self._trouble is None or self._trouble.problem is not problem:
            self._trouble, self._is_clear = _Trouble(problem, now), False
            log.error("digest_folder_unavailable", folder=self._folder, reason=problem.value)
        if not self._trouble.is_due(now):
            return
        async with self._database.write() as tx:
            is_new = await kv.get(tx, _TOLD) != problem
            await kv.put(tx, _TOLD, problem)
        self._trouble.is_told = True
        if is_new:
            await self._notify_admins(
                lambda translate: folder_notices.folder_unavailable_notice(self._folder, problem, translate)
            )

    async def folder_works(self) -> None:
        """Report that the folder can be read; admins who were told of a problem hear that it is over."""
        if self._is_clear:
            return
        async with self._database.write() as tx:
            told = await kv.get(tx, _TOLD)
            await kv.remove(tx, _TOLD)
        if self._trouble is not None:
            log.info("digest_folder_available", folder=self._folder)
        self._trouble, self._is_clear = None, True
        if told is not None:
            await self._notify_admins(lambda translate: folder_notices.folder_back_notice(self._folder, translate))

    async def file_failed(self, name: str, problem: FileProblem, now: float) -> None:
        """Report a file that is not read; the admins are told when it lasts, once, also across restarts."""
        shown = shown_name(name)
        trouble = self._files.get(shown)
        if trouble is None or trouble.problem is not problem:
            trouble = self._files[shown] = _Trouble(problem, now)
            log.warning("digest_file_unreadable", file=shown, reason=problem.value)
        if not trouble.is_due(now):
            return
        async with self._database.write() as tx:
            is_new = await source_files.mark_rejected(tx, shown, problem)
        trouble.is_told = True
        if is_new:
            await self._notify_admins(lambda translate: folder_notices.unread_file_notice(shown, problem, translate))

    async def file_works(self, name: str) -> None:
        """Report that a file was read and ingested."""
        trouble = self._files.pop(shown_name(name), None)
        if trouble is not None and trouble.is_told:
            async with self._database.write() as tx:
                await source_files.unmark_rejected(tx, shown_name(name))

    def forget_missing(self, names: Container[str]) -> None:
        """Forget the problems of files that are gone."""
        self._files = {shown: trouble for shown, trouble in self._files.items() if shown in names}
