"""Publish the editions that editors have confirmed in the chat, and report each to all editors.

confirmed draft -> publish -> at once? -> written into the folder? -> draft forgotten -> report

Each step may be repeated: a process that is killed in between goes on where it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime

import structlog

from delivery.edition_report import EditionReporter
from delivery.notifier import Notifier
from delivery.publishing import PublishText
from domain.chat.i18n import LANGUAGES
from domain.chat.roles import Role
from domain.file_names import chat_source
from storage import digests, drafts, edition_texts, send_now
from storage.database import Database
from storage.digests import Source
from storage.drafts import EditionDraft

log = structlog.get_logger(__name__)

ChooseFile = Callable[[date, str | None, str], Awaitable[str | None]]
"""Return the name of the folder's file for an edition's text, by the path that it came from and its language.

None if it is not written.
"""

WriteFile = Callable[[str, bytes], Awaitable[bool]]
"""Write a file of the folder; return whether that succeeded."""


async def no_file(_day: date, _path: str | None, _language: str, /) -> str | None:
    """Return None: nothing is written into the folder."""
    return None


async def write_nothing(_name: str, _data: bytes, /) -> bool:
    """Write nothing."""
    return True


class DraftPublisher:
    """Publishes confirmed drafts, one after the other."""

    def __init__(
        self,
        database: Database,
        publish: PublishText,
        reporter: EditionReporter,
        notifier: Notifier,
        now: Callable[[], datetime],
        *,
        choose_file: ChooseFile = no_file,
        write_file: WriteFile = write_nothing,
        default_language: str = LANGUAGES[0],
    ) -> None:
        self._database = database
        self._publish_text = publish
        self._reporter = reporter
        self._notifier = notifier
        self._now = now
        self._choose_file = choose_file
        self._write_file = write_file
        self._default_language = default_language

    async def publish_confirmed(self) -> bool:
        """Publish all confirmed drafts; return whether one was published."""
        async with self._database.read() as tx:
            waiting = await drafts.confirmed(tx)
        return any([await self._try_to_publish(draft_id) for draft_id in waiting])

    async def _try_to_publish(self, draft_id: int) -> bool:
        """Publish a draft; return False if that failed, which holds up no other and is tried again at the next tick."""
        try:
            async with self._database.read() as tx:
                draft = await drafts.get_confirmed(tx, draft_id)
            if draft is not None:
                await self._publish(draft)
        except Exception:
            log.exception("draft_not_published", draft=draft_id)
            return False
        return draft is not None

    async def _publish(self, draft: EditionDraft) -> None:
        now, language = self._now(), draft.digest.language
        chat_path = chat_source(draft.day, language)
        async with self._database.read() as tx:
            placement = await edition_texts.find_place(
                tx, draft.digest, chat_path, default_language=self._default_language
            )
            origin = await digests.get_origin(tx, draft.day, placement.language)
        path = None if origin is None or placement.demotes else origin.path
        file = await self._choose_file(draft.day, path, language)
        source = Source(file or chat_path, draft.source)
        digest = draft.digest
        if draft.publish_at is not None:
            digest = replace(digest, published_at=draft.publish_at)
        elif draft.at_once and digest.published_at is not None:
            digest = replace(digest, published_at=min(digest.published_at, now))
        result = await self._publish_text(digest, source, now=now, actor=draft.author, anew=True)
        is_written = file is None or await self._write_file(file, draft.source)
        sending = None
        async with self._database.write() as tx:
            if draft.at_once:
                sending = await send_now.send_now(tx, draft.day, now=now)
            await drafts.remove(tx, draft.id)
        log.info("draft_published", edition=str(draft.day), status=result.status.value, file=file)
        shown = Source(draft.name, draft.source)
        build = await self._reporter(
            draft.digest, shown, result, is_from_chat=True, is_written=is_written, sending=sending
        )
        if build is not None:
            self._notifier.notify_staff(Role.EDITOR, build)
