"""Stored editions: the newest version of each, as it was written and as it was read.

The row of an edition, with the language '', has its original's file, and what was read of all its texts. A variant has
a row of its language for its file and what was read of that alone; nothing but this module and
`storage.edition_texts` sees those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, literal, literal_column, select, update

from digest.model import Digest
from domain.edition_day import DEFAULT_SLOT, EditionDay, calendar_day, slot_of, slot_order
from domain.subscription.due_runs import Publication
from storage import item_index
from storage.database import Tx
from storage.parsed_digest import decode_digest, encode_digest
from storage.schema import digests, former_versions
from storage.upsert import insert


@dataclass(frozen=True, slots=True)
class Source:
    """Source file of a digest: its path and its bytes, and those of the pictures that it names, by key."""

    path: str
    data: bytes
    pictures: Mapping[str, bytes] = field(default_factory=dict, hash=False)

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class StoredSource:
    """The file that a stored edition came from, and the hash of the edition's visible content."""

    path: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The editions before and after one, as far as they exist."""

    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class DigestMetadata:
    """A stored edition without its text; it may go out from `published` on, unless it was withdrawn."""

    version: int
    published: datetime
    content_hash: str
    withdrawn_at: datetime | None = None

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None


async def get_metadata(tx: Tx, day: date) -> DigestMetadata | None:
    """Return a stored edition without its text."""
    columns = select(digests.c.version, digests.c.published_at, digests.c.content_hash, digests.c.withdrawn_at)
    row = (await tx.execute(columns.where(_is(tx, day)))).one_or_none()
    return None if row is None else DigestMetadata(row.version, row.published_at, row.content_hash, row.withdrawn_at)


async def published_since(tx: Tx, instant: datetime, default_zone: str) -> list[Publication]:
    """Return the publications of editions of the default slot since an instant, withdrawn or not."""
    since = _of_bot(tx), digests.c.published_at >= instant, digests.c.slot == DEFAULT_SLOT
    rows = await tx.execute(select(digests.c.date, digests.c.published_at).where(*since))
    return [Publication.of(date.fromisoformat(row.date), row.published_at, default_zone) for row in rows]


async def upsert(
    tx: Tx, digest: Digest, source: Source, *, published: datetime, now: datetime, stays_withdrawn: bool = False
) -> int:
    """Store an edition or a newer version of it; return the version, which changes only with the visible content.

    The digest must have a date. It may go out from `published` on, unless it `stays_withdrawn`.
    """
    if digest.date is None:
        raise ValueError("a digest without a date cannot be stored")
    stored = (await tx.execute(select(digests).where(_is(tx, digest.date)))).one_or_none()
    version = 1
    if stored is not None:
        is_same = stored.content_hash == digest.content_hash
        is_unchanged = is_same and decode_digest(stored.parsed).text_hashes == digest.text_hashes
        version = stored.version + (not is_unchanged)
    values = {"version": version, **_values(stored, digest, source, published=published, now=now)}
    if not stays_withdrawn:
        values["withdrawn_at"] = None
    await _write(tx, digest.date, "", values)
    if not stays_withdrawn:
        await tx.execute(update(digests).where(_is_of(tx, digest.date)).values(withdrawn_at=None))
        await item_index.replace_edition(tx, digest, published=published)
    return version


def _values(stored: Any, digest: Digest, source: Source, *, published: datetime, now: datetime) -> dict[str, Any]:
    """Return the columns of a text that takes the place of what is stored of it."""
    values = {
        "title": digest.title,
        "published_at": published,
        "content_hash": digest.content_hash,
        "path": source.path,
        "source": source.data,
        "source_hash": source.hash,
        "parsed": encode_digest(digest),
        "stored_at": now,
        "indexed_hash": digest.content_hash,
    }
    if stored is not None and stored.content_hash != digest.content_hash:
        values["former_hashes"] = f"{stored.former_hashes} {stored.content_hash}".strip()
    return values


async def _write(tx: Tx, day: date, language: str, values: dict[str, Any]) -> None:
    key = {"bot_id": tx.bot_id, "date": day.isoformat(), "slot": slot_of(day), "language": language}
    row = insert(tx, digests).values(**key, **values)
    await tx.execute(row.on_conflict_do_update(index_elements=list(digests.primary_key), set_=values))


async def upsert_variant(tx: Tx, text: Digest, source: Source, *, now: datetime) -> None:
    """Store a text as the variant of its language, whether its edition has an original yet or not.

    Readers see it once it is a part of the edition that `upsert` has stored.
    """
    if text.date is None or not text.language:
        raise ValueError("a text without a date or a language is no variant")
    columns = select(digests).where(_is_of(tx, text.date), digests.c.language == text.language)
    stored = (await tx.execute(columns)).one_or_none()
    is_withdrawn = await tx.scalar(select(digests.c.withdrawn_at).where(_is(tx, text.date)))
    values = _values(stored, text, source, published=text.published_at or now, now=now)
    await _write(tx, text.date, text.language, {"version": 1, "withdrawn_at": is_withdrawn, **values})


async def texts(tx: Tx, day: date) -> dict[str, tuple[Digest, Source]]:
    """Return the texts of an edition with their files by language: '' for the whole edition, then its variants."""
    columns = select(digests.c.language, digests.c.parsed, digests.c.path, digests.c.source)
    rows = await tx.execute(columns.where(_is_of(tx, day)).order_by(digests.c.language))
    return {row.language: (decode_digest(row.parsed), Source(row.path, row.source)) for row in rows}


async def has_variants(tx: Tx, day: date) -> bool:
    """Return whether an edition has variants, or variants wait for it."""
    return (
        await tx.scalar(select(digests.c.language).where(_is_of(tx, day), digests.c.language != "").limit(1))
        is not None
    )


async def remove_variant(tx: Tx, day: date, language: str) -> None:
    """Forget a variant: its file says now that it is another text."""
    await tx.execute(delete(digests).where(_is_of(tx, day), digests.c.language == language, digests.c.language != ""))


async def variant_languages(tx: Tx, day: date, *, days: int) -> list[str]:
    """Return the languages of the variants that editions of some days before one had, in its slot."""
    since = (calendar_day(day) - timedelta(days=days)).isoformat()
    before = digests.c.date >= since, digests.c.date < day.isoformat(), digests.c.slot == slot_of(day)
    languages = select(digests.c.language).where(digests.c.bot_id == tx.bot_id, *before, digests.c.language != "")
    return list(await tx.scalars(languages.distinct().order_by(digests.c.language)))


async def exists(tx: Tx, source: Source) -> bool:
    """Return whether a stored edition was read from exactly this file and these bytes."""
    same = digests.c.bot_id == tx.bot_id, digests.c.path == source.path, digests.c.source_hash == source.hash
    return await tx.scalar(select(digests.c.date).where(*same).limit(1)) is not None


async def withdrawn_from(tx: Tx, source: Source) -> list[tuple[date, datetime]]:
    """Return the withdrawn editions that were read from exactly this file and these bytes, and when they were."""
    same = digests.c.bot_id == tx.bot_id, digests.c.path == source.path, digests.c.source_hash == source.hash
    columns = select(digests.c.date, digests.c.slot, digests.c.withdrawn_at)
    rows = await tx.execute(columns.where(*same, digests.c.withdrawn_at.is_not(None)).order_by(digests.c.date))
    return [(EditionDay.read(row.date, row.slot), row.withdrawn_at) for row in rows]


async def stored_sources(tx: Tx) -> frozenset[tuple[str, str]]:
    """Return path and hash of each file that an edition, or a variant of one, is stored from."""
    rows = await tx.execute(select(digests.c.path, digests.c.source_hash).where(digests.c.bot_id == tx.bot_id))
    return frozenset((row.path, row.source_hash) for row in rows)


async def get_origin(tx: Tx, day: date, language: str = "") -> StoredSource | None:
    """Return the file that the original of an edition came from, or the variant of a language."""
    of_text = _is_of(tx, day), digests.c.language == language
    row = (await tx.execute(select(digests.c.path, digests.c.content_hash).where(*of_text))).one_or_none()
    return None if row is None else StoredSource(row.path, row.content_hash)


async def get_source(tx: Tx, day: date) -> Source | None:
    """Return the file that an edition was read from, with its bytes."""
    row = (await tx.execute(select(digests.c.path, digests.c.source).where(_is(tx, day)))).one_or_none()
    return None if row is None else Source(row.path, row.source)


async def set_source(tx: Tx, digest: Digest, source: Source, *, language: str = "") -> None:
    """Store another file, or another spelling of the same content, as the source of an edition, or of a variant."""
    if digest.date is None:
        raise ValueError("a digest without a date is not stored")
    values = {
        "path": source.path,
        "source": source.data,
        "source_hash": source.hash,
        "parsed": encode_digest(digest),
    }
    of_text = _is_of(tx, digest.date), digests.c.language == language
    await tx.execute(update(digests).where(*of_text).values(values))


async def set_published(tx: Tx, day: date, published: datetime) -> None:
    """Let people see an edition from an instant on."""
    await tx.execute(update(digests).where(_is(tx, day)).values(published_at=published))
    await item_index.set_published(tx, day, published)


async def withdraw(tx: Tx, day: date, *, now: datetime) -> bool:
    """Let nobody see an edition any more; return False if it was withdrawn before, or is not stored."""
    stored = _is(tx, day), digests.c.withdrawn_at.is_(None)
    changed = await tx.execute(update(digests).where(*stored).values(withdrawn_at=now))
    if changed.rowcount:
        await tx.execute(update(digests).where(_is_of(tx, day)).values(withdrawn_at=now))
    await item_index.remove_edition(tx, day)
    return changed.rowcount == 1


async def restore(tx: Tx, day: date) -> bool:
    """Let people see a withdrawn edition again; return False if it was not withdrawn."""
    withdrawn = _is(tx, day), digests.c.withdrawn_at.is_not(None)
    changed = await tx.execute(update(digests).where(*withdrawn).values(withdrawn_at=None))
    await tx.execute(update(digests).where(_is_of(tx, day)).values(withdrawn_at=None))
    digest, stored = await get(tx, day), await get_metadata(tx, day)
    if changed.rowcount != 1 or digest is None or stored is None:
        return False
    await item_index.replace_edition(tx, digest, published=stored.published)
    return True


async def is_withdrawn(tx: Tx, day: date) -> bool:
    """Return whether the edition of a day was withdrawn."""
    return await tx.scalar(select(digests.c.date).where(_is(tx, day), digests.c.withdrawn_at.is_not(None))) is not None


async def newest_withdrawn(tx: Tx, *, now: datetime) -> EditionDay | None:
    """Return the newest edition that would be published by now, had it not been withdrawn."""
    withdrawn = _of_bot(tx), digests.c.published_at <= now, digests.c.withdrawn_at.is_not(None)
    row = (await tx.execute(_newest(digests.c.date, digests.c.slot).where(*withdrawn).limit(1))).one_or_none()
    return None if row is None else EditionDay.read(row.date, row.slot)


async def get(tx: Tx, day: date) -> Digest | None:
    """Return the edition of a day."""
    return _read(await tx.scalar(select(digests.c.parsed).where(_is(tx, day))))


async def keep_version(tx: Tx, run_id: int, day: date) -> None:
    """Keep the stored version of an edition for its run, because a newer one is about to take its place."""
    stored = select(literal(run_id), digests.c.version, digests.c.parsed).where(_is(tx, day))
    columns = list(former_versions.columns.keys())
    await tx.execute(insert(tx, former_versions).from_select(columns, stored).on_conflict_do_nothing())


async def get_version(tx: Tx, run_id: int, day: date, version: int) -> Digest | None:
    """Return a version of an edition: the stored one, or one that was kept for its run."""
    former = former_versions.c.run_id == run_id, former_versions.c.version == version
    stored = await tx.scalar(select(digests.c.parsed).where(_is(tx, day), digests.c.version == version))
    return _read(stored or await tx.scalar(select(former_versions.c.parsed).where(*former)))


async def former_versions_of(tx: Tx, run_id: int, day: date) -> dict[int, Digest]:
    """Return all versions of an edition that a run may have sent: those that were kept for it, and the stored one."""
    columns = former_versions.c.version, former_versions.c.parsed
    rows = (await tx.execute(select(*columns).where(former_versions.c.run_id == run_id))).all()
    stored = (await tx.execute(select(digests.c.version, digests.c.parsed).where(_is(tx, day)))).all()
    return {row.version: decode_digest(row.parsed) for row in (*rows, *stored)}


async def is_former(tx: Tx, day: date, content_hash: str, language: str = "") -> bool:
    """Return whether an edition's original, or the variant of a language, had this content before a correction."""
    of_text = _is_of(tx, day), digests.c.language == language
    former: str | None = await tx.scalar(select(digests.c.former_hashes).where(*of_text))
    return content_hash in (former or "").split()


async def get_published(tx: Tx, day: date, *, now: datetime) -> Digest | None:
    """Return the edition of a day if it is published by now, so that people may see it."""
    return _read(await tx.scalar(select(digests.c.parsed).where(_is(tx, day), *_is_visible(now))))


async def recent(tx: Tx, *, now: datetime, limit: int = 10, since: date = date.min) -> list[Digest]:
    """Return the newest published editions of the days since one, newest first."""
    newest = _newest(digests.c.parsed).where(_of_bot(tx), *_is_visible(now), digests.c.date >= since.isoformat())
    return [decode_digest(parsed) for parsed in await tx.scalars(newest.limit(limit))]


async def last_published(tx: Tx) -> tuple[EditionDay, datetime] | None:
    """Return the newest edition, withdrawn or not, and when it is published."""
    newest = _newest(digests.c.date, digests.c.slot, digests.c.published_at).where(_of_bot(tx)).limit(1)
    row = (await tx.execute(newest)).one_or_none()
    return None if row is None else (EditionDay.read(row.date, row.slot), row.published_at)


async def newest_published(tx: Tx, *, now: datetime, slots: Collection[str] | None = None) -> Digest | None:
    """Return the newest published edition, of some slots or of all."""
    of_slots = () if slots is None else (digests.c.slot.in_(slots),)
    newest = _newest(digests.c.parsed).where(_of_bot(tx), *_is_visible(now), *of_slots)
    return _read(await tx.scalar(newest.limit(1)))


async def newest_of_day(tx: Tx, day: date, *, now: datetime) -> EditionDay | None:
    """Return the newest published edition of a day, whatever its slot."""
    of_day = _of_bot(tx), *_is_visible(now), digests.c.date == day.isoformat()
    row = (await tx.execute(_newest(digests.c.date, digests.c.slot).where(*of_day).limit(1))).one_or_none()
    return None if row is None else EditionDay.read(row.date, row.slot)


async def neighbours(tx: Tx, day: date, *, now: datetime) -> Neighbours:
    """Return the published editions around one, which may be missing itself; on one day they follow as they came out.

    Beside an edition that is missing, those of its day in other slots come before.
    """
    visible = _of_bot(tx), *_is_visible(now)
    before = select(func.max(digests.c.date)).where(*visible, digests.c.date < day.isoformat()).scalar_subquery()
    after = select(func.min(digests.c.date)).where(*visible, digests.c.date > day.isoformat()).scalar_subquery()
    columns = select(digests.c.date, digests.c.slot, digests.c.published_at)
    rows = await tx.execute(columns.where(*visible, digests.c.date.in_([day.isoformat(), before, after])))
    around = sorted(
        (date.fromisoformat(row.date), row.published_at, EditionDay.read(row.date, row.slot)) for row in rows
    )
    editions = [edition for _day, _published, edition in around]
    if day in editions:
        at = editions.index(EditionDay.of(day, slot_of(day)))
        return Neighbours(editions[at - 1] if at else None, editions[at + 1] if at + 1 < len(editions) else None)
    earlier = [edition for edition in editions if calendar_day(edition) <= calendar_day(day)]
    later = editions[len(earlier) :]
    return Neighbours(earlier[-1] if earlier else None, later[0] if later else None)


async def dates(tx: Tx, *, now: datetime, limit: int = 10) -> list[EditionDay]:
    """Return the newest published editions by their days, newest first."""
    newest = _newest(digests.c.date, digests.c.slot).where(_of_bot(tx), *_is_visible(now)).limit(limit)
    return [EditionDay.read(row.date, row.slot) for row in await tx.execute(newest)]


async def slots(tx: Tx, *, since: date) -> list[str]:
    """Return the slots other than the default one that have had an edition since a day, in the order of a day."""
    newest = select(digests.c.slot).where(_of_bot(tx), _IS_OTHER_SLOT).group_by(digests.c.slot)
    return sorted(await tx.scalars(newest.having(func.max(digests.c.date) >= since.isoformat())), key=slot_order)


_IS_OTHER_SLOT = digests.c.slot != literal_column(f"'{DEFAULT_SLOT}'")
"""As the index of the other slots has it."""


def _newest(*columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).order_by(digests.c.date.desc(), digests.c.published_at.desc())


def _of_bot(tx: Tx) -> ColumnElement[bool]:
    """Return the predicate of a bot's editions, without the rows of their variants."""
    return and_(digests.c.bot_id == tx.bot_id, digests.c.language == "")


def _is(tx: Tx, day: date) -> ColumnElement[bool]:
    """Return the predicate of an edition's row."""
    return and_(_is_of(tx, day), digests.c.language == "")


def _is_of(tx: Tx, day: date) -> ColumnElement[bool]:
    """Return the predicate of an edition's row and those of its variants."""
    of_bot = digests.c.bot_id == tx.bot_id
    return and_(of_bot, digests.c.date == day.isoformat(), digests.c.slot == slot_of(day))


def _is_visible(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which people may see an edition."""
    return digests.c.published_at <= now, digests.c.withdrawn_at.is_(None)


def _read(parsed: Any) -> Digest | None:
    return None if parsed is None else decode_digest(parsed)
