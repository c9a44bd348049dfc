"""Publishing: store an edition with its run, payloads and waves.

text -> publishable? -> its edition -> what is to be done -> render for all content preferences
-> store everything in one transaction
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

import structlog

from delivery.payload_rendering import render_for
from delivery.publish_decision import PublishStep, StoredEdition, decide_step, moment_of
from digest.model import Digest, Severity
from domain.audit import AuditAction, AuditEntry
from domain.chat.i18n import LANGUAGES, Translations
from domain.delivery.policy import CorrectionPolicy
from domain.edition_day import calendar_day, slot_of
from domain.subscription.calendar import Schedule
from domain.subscription.due_runs import Publication, first_dues
from storage import (
    audit,
    bots,
    content_preferences,
    correction_runs,
    deliveries,
    digests,
    edition_texts,
    payloads,
    pictures,
    runs,
    schedules,
    waves,
)
from storage.database import Database, Tx
from storage.digests import Source
from storage.edition_texts import EditionTexts
from storage.payloads import RenderedContent
from storage.runs import Run

log = structlog.get_logger(__name__)

PHOTO_WAIT = timedelta(seconds=60)
"""How long an edition that may go out waits for its photos to be uploaded; then it goes without them."""


class PublishStatus(StrEnum):
    """Result of publishing an edition."""

    NEW = "new"  # it goes out
    REPLACED = "replaced"  # nobody had the former version: this one goes out in its place
    CORRECTED = "corrected"  # the former version is on its way: whoever has had no part of it gets this one
    UNCHANGED = "unchanged"
    STORED = "stored"  # too old to go out, or its run was cancelled: for reading only
    WITHDRAWN = "withdrawn"  # stored, and not published: its edition was withdrawn
    WAITING = "waiting"  # stored: a variant whose edition has no original yet
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    """Result of publishing. `why` says why it was refused; `first_due` is when the first subscribers get it.

    `variant` is the language of the variant that the text is, '' for the original.
    """

    status: PublishStatus
    variant: str = ""
    edition: date | None = None
    version: int = 0
    run_id: int | None = None
    first_due: datetime | None = None
    why: str = ""

    @property
    def goes_out(self) -> bool:
        """Whether this version is sent to those for whom it is due."""
        return self.status in (PublishStatus.NEW, PublishStatus.REPLACED, PublishStatus.CORRECTED)


class PublishText(Protocol):
    """Store a text of a bot's edition and deliver it, as `publish` does."""

    def __call__(
        self, text: Digest, source: Source, /, *, now: datetime, actor: int | None = None, anew: bool = False
    ) -> Awaitable[PublishResult]: ...


def publish_refusal_reason(digest: Digest) -> str:
    """Return why a digest may not be published; '' if it may."""
    if digest.is_publishable:
        return ""
    if digest.is_draft:
        return "draft"
    errors = [problem for problem in digest.problems if problem.severity is Severity.ERROR]
    return "; ".join(f"line {one.line}: {one.message}" for one in errors) or "no date"


async def publish(
    database: Database,
    translations: Translations,
    default_schedule: Schedule,
    text: Digest,
    source: Source,
    *,
    now: datetime,
    actor: int | None = None,
    corrections: CorrectionPolicy = CorrectionPolicy.LEAVE,
    anew: bool = False,
    default_language: str = LANGUAGES[0],
) -> PublishResult:
    """Store a text of an edition and deliver that where it is still due. Publishing the same again changes nothing.

    `actor` is the editor who published it in the chat, None for a file of the folder. `corrections`: what to do for
    those who have another version of it. An edition that was withdrawn stays so, unless it is published `anew`.
    `default_language` is the newsletter's: a text in another one is a variant, as `digest.variants` has it.
    """
    why = publish_refusal_reason(text)
    if why or text.date is None:
        return PublishResult(status=PublishStatus.REFUSED, edition=text.date, why=why)
    while True:
        async with database.read() as tx:
            texts = await edition_texts.join(tx, text, source, default_language=default_language)
        written = _Written(
            text=text,
            source=source,
            texts=texts,
            now=now,
            default_language=default_language,
            corrections=corrections,
            actor=actor,
        )
        with contextlib.suppress(_OtherTextError):
            return replace(
                await _publish(database, translations, default_schedule, written, anew=anew), variant=texts.place
            )


class _OtherTextError(Exception):
    """Another text of the edition came in after this one was joined with it, so nothing is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A text as it was read from a file, and its edition with it."""

    text: Digest
    source: Source
    texts: EditionTexts
    now: datetime
    default_language: str
    corrections: CorrectionPolicy
    actor: int | None

    async def check(self, tx: Tx) -> None:
        """Raise an error in a transaction that is to store the edition if that has other texts by now."""
        joined = await edition_texts.join(tx, self.text, self.source, default_language=self.default_language)
        if joined.edition != self.texts.edition:
            raise _OtherTextError

    async def store(self, tx: Tx, digest: Digest, at: datetime, *, stays_withdrawn: bool = False) -> int:
        """Store the edition with its variants; return its version."""
        source = self.texts.source
        version = await digests.upsert(tx, digest, source, published=at, now=self.now, stays_withdrawn=stays_withdrawn)
        await edition_texts.store_variants(tx, self.texts, digest.date or at, now=self.now)
        return version


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edition:
    """The edition of a text with its day; it may go out from `at` on."""

    day: date
    digest: Digest
    written: _Written
    at: datetime
    default_zone: str
    was_withdrawn: bool = False
    """It is published anew; else a withdrawal since it was read takes precedence."""


async def _publish(
    database: Database, translations: Translations, default_schedule: Schedule, written: _Written, *, anew: bool
) -> PublishResult:
    """Store and deliver the edition of a text."""
    digest, now = written.texts.edition, written.now
    if digest is None or digest.date is None:
        return await _store_variant(database, written)
    stored = await _load(database, digest.date, written)
    moment = moment_of(digest, stored, default_schedule, now)
    edition = _Edition(
        day=digest.date,
        digest=digest,
        written=written,
        at=moment,
        default_zone=default_schedule.zone,
        was_withdrawn=stored.is_withdrawn,
    )
    match decide_step(digest, stored, moment, anew=anew, now=now):
        case PublishStep.LEAVE:
            version = stored.metadata.version if stored.metadata else 0
            run_id = stored.run.id if stored.run else None
            return PublishResult(status=PublishStatus.UNCHANGED, edition=edition.day, version=version, run_id=run_id)
        case PublishStep.KEEP_WITHDRAWN:
            async with database.write(alone=True) as tx:
                return await _store_withdrawn(tx, edition)
        case PublishStep.STORE:
            async with database.write(alone=True) as tx:
                return await _store_for_reading(tx, edition, stored)
        case PublishStep.SEND:
            return await _make_run(database, translations, edition)


async def _load(database: Database, day: date, written: _Written) -> StoredEdition:
    async with database.read() as tx:
        run = await runs.get_by_edition(tx, day)
        return StoredEdition(
            metadata=await digests.get_metadata(tx, day),
            text_hashes=written.texts.former.text_hashes if written.texts.former else None,
            run=run,
            is_out=run is not None and await deliveries.planned(tx, run.id),
            is_restored=await _is_restored(tx, day),
        )


async def _store_variant(database: Database, written: _Written) -> PublishResult:
    """Store a variant whose edition has no original yet."""
    async with database.write(alone=True) as tx:
        await written.check(tx)
        await edition_texts.store_variants(tx, written.texts, written.text.date or written.now, now=written.now)
    return PublishResult(status=PublishStatus.WAITING, edition=written.text.date)


async def _store_for_reading(tx: Tx, edition: _Edition, stored: StoredEdition) -> PublishResult:
    """Store an edition that is too old to go out or whose run was cancelled; correct what was delivered of it."""
    day, written, run = edition.day, edition.written, stored.run
    if not edition.was_withdrawn and await digests.is_withdrawn(tx, day):
        return await _store_withdrawn(tx, edition)
    await written.check(tx)
    if run is not None:
        await digests.keep_version(tx, run.id, day)
    version = await written.store(tx, edition.digest, edition.at)
    await pictures.add(tx, written.text, written.source.pictures, now=written.now)
    is_new = stored.metadata is None or edition.was_withdrawn
    await _record(tx, day, version, is_new=is_new, now=written.now, actor=written.actor)
    if run is not None:
        await _correct_delivered(tx, run, version, written.corrections, written.now)
    return PublishResult(status=PublishStatus.STORED, edition=day, version=version)


async def _make_run(database: Database, translations: Translations, edition: _Edition) -> PublishResult:
    """Store an edition, and deliver it where it is due."""
    written = edition.written
    async with database.read() as tx:
        wanted = await content_preferences.all_after(tx, 0)
        username = await bots.username(tx)
        file_ids = await pictures.file_ids(tx, edition.digest)
    rendered = await render_for(edition.digest, wanted, translations, username, file_ids=file_ids)
    async with database.write(alone=True) as tx:
        result = await _store(tx, edition, rendered, max(wanted, default=0))
        if result.run_id is not None and result.status is not PublishStatus.UNCHANGED:
            await pictures.add(tx, written.text, written.source.pictures, now=written.now)
            photos_until = None if file_ids is not None else written.now + PHOTO_WAIT
            await runs.set_photos_until(tx, result.run_id, photos_until)
    log.info(
        "digest_published",
        edition=str(edition.day),
        status=result.status.value,
        run=result.run_id,
        variant=written.texts.place,
    )
    return result


async def _store(tx: Tx, edition: _Edition, rendered: Sequence[RenderedContent], upto: int) -> PublishResult:
    day, written = edition.day, edition.written
    if not edition.was_withdrawn and await digests.is_withdrawn(tx, day):
        return await _store_withdrawn(tx, edition)
    await written.check(tx)
    run = await runs.get_by_edition(tx, day)
    if run is not None:
        await digests.keep_version(tx, run.id, day)
    version = await written.store(tx, edition.digest, edition.at)
    await _record(tx, day, version, is_new=run is None, now=written.now, actor=written.actor)
    publication = Publication.of(day, edition.at, edition.default_zone)
    dues = first_dues(publication, await schedules.of_slot(tx, slot_of(day)), written.now)
    if run is None:
        run_id = await runs.add_digest(tx, day, published=edition.at, upto=upto)
        status = PublishStatus.NEW
        await runs.set_version(tx, run_id, version, published=edition.at, upto=upto)
        await waves.add(tx, run_id, dues)
    else:
        run_id, status = run.id, await _renew(tx, run, edition, dues)
        published = edition.at if status is PublishStatus.REPLACED else run.published_at
        if version == run.version and status is PublishStatus.CORRECTED:  # only the moment changed, and that too late
            return PublishResult(status=PublishStatus.UNCHANGED, edition=day, version=version, run_id=run_id)
        await runs.set_version(tx, run_id, version, published=published, upto=upto)
        await payloads.unlink_preferences(tx, run_id)
        if status is PublishStatus.CORRECTED:
            await _correct_delivered(tx, run, version, written.corrections, written.now)
    await payloads.add(tx, run_id, version, rendered)
    return PublishResult(
        status=status, edition=day, version=version, run_id=run_id, first_due=min(dues.values(), default=None)
    )


async def _store_withdrawn(tx: Tx, edition: _Edition) -> PublishResult:
    """Store another version of a withdrawn edition, which stays so until an editor publishes it again."""
    day, digest, written = edition.day, edition.digest, edition.written
    await written.check(tx)
    stored = await digests.get_metadata(tx, day)
    published = digest.published_at or (written.now if stored is None else stored.published)
    version = await written.store(tx, digest, published, stays_withdrawn=True)
    return PublishResult(status=PublishStatus.WITHDRAWN, edition=day, version=version)


async def _record(tx: Tx, day: date, version: int, *, is_new: bool, now: datetime, actor: int | None) -> None:
    """Record a version of an edition in the audit log, once."""
    action = AuditAction.PUBLISHED if is_new else AuditAction.CORRECTED
    if is_new or version > 1:
        await audit.record(tx, AuditEntry(at=now, action=action, actor=actor, edition=day, detail=str(version)))


async def _correct_delivered(tx: Tx, run: Run, version: int, policy: CorrectionPolicy, now: datetime) -> None:
    """Have the messages edited that were delivered of other versions, if the policy says so."""
    if policy is CorrectionPolicy.LEAVE:
        return
    run_id = await correction_runs.draft(tx, run, version, now=now)
    if policy is CorrectionPolicy.AT_ONCE:
        await correction_runs.start(tx, run_id, actor=None, now=now)


async def _renew(tx: Tx, run: Run, edition: _Edition, dues: Mapping[int, datetime]) -> PublishStatus:
    """Prepare a run for another version of its edition; return how that version goes out."""
    if await deliveries.planned(tx, run.id):
        return PublishStatus.CORRECTED
    await payloads.delete_all(tx, run.id)
    if edition.at != run.published_at:
        await waves.replace(tx, run.id, dues)
        await runs.reopen(tx, run.id)
    return PublishStatus.REPLACED


async def _is_restored(tx: Tx, day: date) -> bool:
    restored_on = await bots.restored_on(tx)
    return restored_on is not None and calendar_day(day) <= restored_on
