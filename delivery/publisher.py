"""Publish the digests of a file, or tell the bot admins once why one cannot be published."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Protocol

import structlog

from delivery.publishing import PublishResult, PublishStatus
from digest.model import Digest
from digest.picture_file import PictureProblem, ReadPicture, no_files, picture_key
from digest.variants import Placement
from domain.chat.i18n import LANGUAGES, Translator
from domain.chat.message import Message
from domain.file_names import is_chat_source, is_copy_of, shown_name
from storage import digests, edition_texts, source_files
from storage.database import Database
from storage.digests import Source, StoredSource
from views.folder_notices import former_content_notice, two_files_notice
from views.unpublished_file import unpublished_file_notice
from views.withdrawals import withdrawn_file_notice

log = structlog.get_logger(__name__)

PublishDigest = Callable[[Digest, Source], Awaitable[PublishResult]]
NotifyAdmins = Callable[[Callable[[Translator], Message]], Awaitable[None]]

ReportEdition = Callable[[Digest, Source, PublishResult], Awaitable[Callable[[Translator], Message] | None]]
"""Return the builder of the message about an edition that was read, or None if there is nothing to tell."""


class ReadDigests(Protocol):
    """Read the digests of a file, with its pictures if they can be read; it computes for a while."""

    def __call__(self, name: str, data: bytes, /, *, read_picture: ReadPicture = no_files) -> tuple[Digest, ...]: ...


ReadOther = Callable[[str], Awaitable[bytes | None]]
"""Return the bytes of a file of the folder, no bytes if it cannot be read now, or None if it is not there."""

IsDueSoon = Callable[[Digest], Awaitable[bool]]
"""Return whether somebody would get a digest soon if it were published now."""


@dataclass(frozen=True, slots=True)
class KnownFiles:
    """Files by path and hash that were ingested by an earlier process."""

    published: frozenset[tuple[str, str]] = frozenset()
    """An edition is stored from each; there is nothing left to do."""
    others: frozenset[tuple[str, str]] = frozenset()
    """Drafts, copies and files with errors, among others; another version of the bot may read them otherwise."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What became of one digest of a file: the file that its edition belongs to, if it is another, or its report."""

    blocked_by: str | None = None
    report: Callable[[Translator], Message] | None = None


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a file. `blocked_by` is the file that holds one of its editions."""

    is_too_early: bool = False
    blocked_by: str | None = None


class _NotingReader:
    """Reads pictures, and keeps what it has read; `misses` says that one is not there, `is_changing` not complete."""

    def __init__(self, read: ReadPicture) -> None:
        self._read = read
        self._files: dict[str, bytes] = {}
        self.misses = False
        self.is_changing = False

    def __call__(self, path: str) -> bytes | PictureProblem:
        data = self._read(path)
        if isinstance(data, PictureProblem):
            self.misses = self.misses or data is PictureProblem.MISSING
            self.is_changing = self.is_changing or data is PictureProblem.CHANGING
        else:
            self._files[picture_key(data)] = data
        return data

    def files_of(self, digest: Digest) -> dict[str, bytes]:
        """Return the files that are photos of a digest, by key."""
        return {photo.key: self._files[photo.key] for photo in digest.photos if photo.key in self._files}


class Publisher:
    """Ingests files of the digest folder. A digest that cannot be published leaves the stored edition unchanged.

    An edition belongs to the file it came from: that file's changes are corrections, and another file is refused
    until the first one is gone or holds another edition.

    Where other machines have a copy of the folder (`has_copies`), one that lags behind holds former contents: those are
    no correction unless this process has seen the newer ones in the same file.
    """

    def __init__(
        self,
        database: Database,
        read_digests: ReadDigests,
        *,
        publish: PublishDigest,
        is_due_soon: IsDueSoon,
        read_other: ReadOther,
        notify_admins: NotifyAdmins,
        report_edition: ReportEdition,
        today: Callable[[], date],
        has_copies: bool = False,
        read_picture: ReadPicture = no_files,
        default_language: str = LANGUAGES[0],
    ) -> None:
        self._default_language = default_language
        self._database = database
        self._read_digests = read_digests
        self._read_picture = read_picture
        self._today = today
        self._publish = publish
        self._is_due_soon = is_due_soon
        self._read_other = read_other
        self._notify_admins = notify_admins
        self._report_edition = report_edition
        self._has_copies = has_copies
        self._told_of: set[tuple[str, str, datetime]] = set()
        """Path and hash of files that were saved again unchanged after their edition was withdrawn then."""
        self._read_files: set[tuple[str, str]] = set()
        """Path and hash of all contents that this process has read."""

    def note_read(self, name: str, content_hash: str) -> None:
        """Note what a file holds, or held, in this machine's folder."""
        self._read_files.add((name, content_hash))

    async def known_files(self) -> KnownFiles:
        """Return what was ingested before, so that a start need not look up each file of a large folder."""
        async with self._database.read() as tx:
            unfinished = await source_files.unfinished(tx)
            stored = await digests.stored_sources(tx)
            published = frozenset(file for file in stored if file[0] not in unfinished)
            return KnownFiles(published, await source_files.ingested(tx))

    async def ingest(self, name: str, data: bytes, *, is_settled: bool) -> Ingested:
        """Read a file and publish its digests, unless the same bytes were ingested before.

        What would go out soon, or seems to have errors or to lack a picture, waits until the file `is_settled`: it may
        be incomplete. A picture that is being written is waited for in any case.
        A file of several days may be cut off between two of them; the mark `unfinished` lets it be read again.
        """
        source = Source(name, data)
        self.note_read(source.path, source.hash)
        async with self._database.read() as tx:
            was_interrupted = await source_files.is_unfinished(tx, source.path)
            is_stored = not was_interrupted and await digests.exists(tx, source)
            withdrawn = await digests.withdrawn_from(tx, source) if is_stored else []
        if is_stored:
            await self._report_saved_again(source, withdrawn)
            return Ingested()
        folder = _NotingReader(self._read_picture)
        editions = await asyncio.to_thread(self._read_digests, name, data, read_picture=folder)
        if folder.is_changing or (not is_settled and (folder.misses or await self._must_be_settled(editions))):
            return Ingested(is_too_early=True)
        has_several_days = len(editions) > 1
        if has_several_days and not was_interrupted:
            async with self._database.write() as tx:
                await source_files.set_unfinished(tx, source.path, unfinished=True)
        sources = [replace(source, pictures=folder.files_of(digest)) for digest in editions]
        read = [await self._publish_or_report(*edition) for edition in zip(editions, sources, strict=True)]
        reports = [one.report for one in read if one.report is not None]
        async with self._database.write() as tx:
            await source_files.set_ingested(tx, source.path, source.hash)
            is_news = bool(reports) and await source_files.mark_reported(tx, source.path, source.hash)
        for report in reports if is_news else ():
            await self._notify_admins(report)
        blocked_by = next((one.blocked_by for one in read if one.blocked_by), None)
        if (has_several_days or was_interrupted) and blocked_by is None:
            async with self._database.write() as tx:
                await source_files.set_unfinished(tx, source.path, unfinished=False)
        return Ingested(blocked_by=blocked_by)

    async def _report_saved_again(self, source: Source, withdrawn: Sequence[tuple[date, datetime]]) -> None:
        """Tell the editors once that a file was saved again as it was, and its edition stays withdrawn.

        A copy of the folder may have got the file only now, so that says nothing.
        """
        file = shown_name(source.path)
        for day, withdrawn_at in withdrawn if not self._has_copies else ():
            if (source.path, source.hash, withdrawn_at) not in self._told_of:
                self._told_of.add((source.path, source.hash, withdrawn_at))
                log.info("digest_stays_withdrawn", file=file, edition=str(day))
                await self._notify_admins(partial(withdrawn_file_notice, file, day))

    async def _must_be_settled(self, editions: Sequence[Digest]) -> bool:
        for digest in editions:
            if not digest.is_draft and (not digest.is_publishable or await self._is_due_soon(digest)):
                return True
        return False

    async def _publish_or_report(self, digest: Digest, source: Source) -> _Read:
        """Publish a digest, or tell the editors once why not."""
        shown = shown_name(source.path)
        if digest.is_draft:
            log.info("digest_is_draft", file=shown)
        elif not digest.is_publishable or digest.date is None:
            await self._report_unpublishable(digest, source)
        else:
            async with self._database.read() as tx:
                place = await edition_texts.find_place(tx, digest, source.path, default_language=self._default_language)
            return await self._publish_or_refuse(digest, digest.date, source, place)
        return _Read()

    async def _publish_or_refuse(self, digest: Digest, day: date, source: Source, place: Placement) -> _Read:
        """Publish a digest, unless its text is another file's, or was corrected since."""
        if other := await self._other_file_of(day, source, place):
            await self._report_second_file(digest, day, source, other)
            return _Read(blocked_by=other.path)
        if await self._is_lagging(digest, day, source, place.language):
            await self._report_lagging(day, source)
            return _Read()
        published = await self._publish(digest, source)
        is_news = published.goes_out or published.status in (PublishStatus.WITHDRAWN, PublishStatus.WAITING)
        if published.status is PublishStatus.UNCHANGED:
            is_news = await self._take_other_spelling(digest, source) and published.run_id is not None
        log.info("digest_ingested", file=shown_name(source.path), edition=str(day), status=published.status.value)
        return _Read(report=await self._report_edition(digest, source, published) if is_news else None)

    async def _take_other_spelling(self, digest: Digest, source: Source) -> bool:
        """Store another spelling of a text's content; return whether it has other problems than the former one."""
        if digest.date is None:
            return False
        async with self._database.write() as tx:
            texts = await edition_texts.join(tx, digest, source, default_language=self._default_language)
            if texts.edition is not None:
                await digests.set_source(tx, texts.edition, texts.source)
            if texts.place:
                await digests.set_source(tx, digest, source, language=texts.place)
        former = texts.former_text
        return former is not None and former.problems != digest.problems

    async def _other_file_of(self, day: date, source: Source, place: Placement) -> StoredSource | None:
        """Return where a text of an edition came from if that is another file, which is still there and holds it."""
        if place.demotes:
            return None
        async with self._database.read() as tx:
            stored = await digests.get_origin(tx, day, place.language)
        if stored is None or stored.path == source.path or is_copy_of(stored.path, source.path):
            return None
        data = await self._read_other(stored.path)
        if data is None:
            return None
        held = await asyncio.to_thread(self._read_digests, stored.path, data)
        holds_only_others = bool(held) and all(digest.date not in (None, day) for digest in held)
        return None if holds_only_others else stored

    async def _report_unpublishable(self, digest: Digest, source: Source) -> None:
        """Notify the bot admins once per content of a file, also across restarts."""
        file = shown_name(source.path)
        log.warning("digest_unpublishable", file=file, problems=[problem.code for problem in digest.problems])
        if await self._is_rejected_for_the_first_time(source, ""):
            today = self._today()
            await self._notify_admins(lambda translate: unpublished_file_notice(file, digest, translate, today))

    async def _report_second_file(self, digest: Digest, day: date, source: Source, other: StoredSource) -> None:
        """Notify the bot admins once of two files with one edition; a copy needs no notice."""
        file, owner = shown_name(source.path), shown_name(other.path)
        if digest.content_hash == other.content_hash or is_copy_of(source.path, other.path):
            log.info("digest_copy_ignored", file=file, original=owner, edition=str(day))
            return
        log.warning("digest_edition_in_two_files", file=file, published_from=owner, edition=str(day))
        if await self._is_rejected_for_the_first_time(source, other.path):
            await self._notify_admins(lambda translate: two_files_notice(file, owner, day, translate))

    async def _is_lagging(self, digest: Digest, day: date, source: Source, language: str) -> bool:
        """Return whether a file holds what an edition was before, and never held what it is now.

        A file of this machine's own folder can do so only if the edition was corrected in the chat.
        """
        async with self._database.read() as tx:
            origin = await digests.get_origin(tx, day, language)
            if origin is None or origin.content_hash == digest.content_hash:
                return False
            if not self._has_copies and not is_chat_source(origin.path):
                return False
            newest = {path for path, _hash in self._read_files & await digests.stored_sources(tx)}
            return source.path not in newest and await digests.is_former(tx, day, digest.content_hash, language)

    async def _report_lagging(self, day: date, source: Source) -> None:
        file = shown_name(source.path)
        log.warning("digest_copy_lags", file=file, edition=str(day))
        if self._has_copies and await self._is_rejected_for_the_first_time(source, "lagging"):
            await self._notify_admins(lambda translate: former_content_notice(file, day, translate))

    async def _is_rejected_for_the_first_time(self, source: Source, other: str) -> bool:
        reason_hash = hashlib.sha256(source.data + other.encode()).hexdigest()
        async with self._database.write() as tx:
            return await source_files.mark_rejected(tx, source.path, reason_hash)
