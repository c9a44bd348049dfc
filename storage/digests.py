"""Digests: each edition's newest version, as it was written and as it was read. A Digest in, the same Digest out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from sqlalchemy import func, select

from digest.model import Digest
from storage.database import Tx
from storage.schema import digests
from storage.upsert import insert


@dataclass(frozen=True, slots=True)
class Source:
    """Where a digest comes from: the file's path and its bytes."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The editions before and after one, where there are any."""

    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class DigestMetadata:
    """What is known of a stored edition without reading it: `published` is the instant from which it may go out."""

    version: int
    published: datetime
    content_hash: str


async def get_metadata(tx: Tx, day: date) -> DigestMetadata | None:
    """An edition as it is stored, without its text."""
    columns = select(digests.c.version, digests.c.published_at, digests.c.content_hash)
    row = (await tx.execute(columns.where(digests.c.edition == _edition(day)))).one_or_none()
    return None if row is None else DigestMetadata(row.version, row.published_at, row.content_hash)


async def published_since(tx: Tx, instant: datetime) -> list[datetime]:
    """When the editions that came out since then did."""
    return list(await tx.scalars(select(digests.c.published_at).where(digests.c.published_at >= instant)))


async def upsert(tx: Tx, digest: Digest, source: Source, *, published: datetime, now: datetime) -> int:
    """Store an edition, or a newer version of it; answers the version, the same as before if nothing visible changed.

    The digest must have a date. `published` is the instant from which it may go out.
    """
    edition = _edition(digest.date)
    found = (await tx.execute(select(digests).where(digests.c.edition == edition))).one_or_none()
    unchanged = found is not None and found.content_hash == digest.content_hash
    version: int = found.version + (not unchanged) if found else 1
    row = {
        "version": version,
        "title": digest.title,
        "published_at": published,
        "content_hash": digest.content_hash,
        "path": source.path,
        "source": source.data,
        "parsed": msgspec.json.encode(digest),
        "stored_at": now,
    }
    stored = insert(tx, digests).values(edition=edition, **row)
    await tx.execute(stored.on_conflict_do_update(index_elements=["edition"], set_=row))
    return version


async def exists(tx: Tx, source: Source) -> bool:
    """Whether just these bytes were read from just this file before, and an edition came of it."""
    same = (digests.c.path == source.path, digests.c.source == source.data)
    return await tx.scalar(select(digests.c.edition).where(*same).limit(1)) is not None


async def get(tx: Tx, day: date) -> Digest | None:
    """The edition of a day."""
    parsed = await tx.scalar(select(digests.c.parsed).where(digests.c.edition == _edition(day)))
    return None if parsed is None else _read(parsed)


async def get_published(tx: Tx, day: date, *, now: datetime) -> Digest | None:
    """The edition of a day, if it is out by now: what people may see."""
    one = select(digests.c.parsed).where(digests.c.edition == _edition(day), digests.c.published_at <= now)
    parsed = await tx.scalar(one)
    return None if parsed is None else _read(parsed)


async def recent(tx: Tx, *, now: datetime, limit: int = 10) -> list[Digest]:
    """The newest editions that are out by now, newest first."""
    some = select(digests.c.parsed).where(digests.c.published_at <= now)
    return [_read(parsed) for parsed in await tx.scalars(some.order_by(digests.c.edition.desc()).limit(limit))]


async def last_published(tx: Tx) -> tuple[date, datetime] | None:
    """The newest edition's day, and when it goes or went out."""
    newest_one = select(digests.c.edition, digests.c.published_at).order_by(digests.c.edition.desc()).limit(1)
    row = (await tx.execute(newest_one)).one_or_none()
    return None if row is None else (date.fromisoformat(row.edition), row.published_at)


async def newest_published(tx: Tx, *, now: datetime) -> Digest | None:
    """The newest edition that is out by now."""
    out = select(digests.c.parsed).where(digests.c.published_at <= now)
    parsed = await tx.scalar(out.order_by(digests.c.edition.desc()).limit(1))
    return None if parsed is None else _read(parsed)


async def neighbours(tx: Tx, day: date, *, now: datetime) -> Neighbours:
    """The editions around a day that are out by now."""
    edition = digests.c.edition
    before = select(func.max(edition)).where(edition < _edition(day), digests.c.published_at <= now)
    after = select(func.min(edition)).where(edition > _edition(day), digests.c.published_at <= now)
    return Neighbours(_day(await tx.scalar(before)), _day(await tx.scalar(after)))


async def dates(tx: Tx, *, now: datetime, limit: int = 10) -> list[date]:
    """The newest editions that are out by now, newest first."""
    out = select(digests.c.edition).where(digests.c.published_at <= now)
    rows = await tx.scalars(out.order_by(digests.c.edition.desc()).limit(limit))
    return [date.fromisoformat(edition) for edition in rows]


def _edition(day: date | None) -> str:
    if day is None:
        raise ValueError("a digest without a date cannot be stored")
    return day.isoformat()


def _day(edition: str | None) -> date | None:
    return None if edition is None else date.fromisoformat(edition)


def _read(parsed: bytes) -> Digest:
    return msgspec.json.decode(parsed, type=Digest)
