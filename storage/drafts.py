"""Editions that editors have sent in the chat, until they are published, replaced, dropped, or a day old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from digest.model import Digest
from domain.edition_day import EditionDay
from storage import id_sequences
from storage.database import Tx
from storage.parsed_digest import decode_digest, encode_digest
from storage.schema import drafts

KEPT = timedelta(days=1)
"""How long a draft waits for its editor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDraft:
    """An edition that waits for its editor's word, or is confirmed and about to be published.

    `message_id` is the author's message that it was read from. With `publish_at` it goes out from then on.
    `at_once`: whatever the windows.
    """

    id: int
    day: EditionDay
    author: int
    message_id: int
    name: str
    source: bytes
    digest: Digest
    created_at: datetime
    is_confirmed: bool = False
    publish_at: datetime | None = None
    at_once: bool = False


async def add(tx: Tx, digest: Digest, *, author: int, message_id: int, name: str, source: bytes, now: datetime) -> int:
    """Store a draft in place of one of the same text of its edition; return its id, which no other draft ever has."""
    if digest.date is None:
        raise ValueError("a digest without a date is no draft of an edition")
    draft_id = await id_sequences.reserve(tx, drafts.name, 1)
    of_edition = drafts.c.date == digest.date.isoformat(), drafts.c.slot == digest.slot
    of_text = *of_edition, drafts.c.language == digest.language
    await tx.execute(delete(drafts).where(_of_bot(tx), *of_text))
    row = {
        "id": draft_id,
        "bot_id": tx.bot_id,
        "date": digest.date.isoformat(),
        "slot": digest.slot,
        "language": digest.language,
        "author": author,
        "message_id": message_id,
        "name": name,
        "source": source,
        "parsed": encode_digest(digest),
        "created_at": now,
    }
    await tx.execute(insert(drafts).values(row))
    return draft_id


async def get(tx: Tx, draft_id: int, *, now: datetime) -> EditionDraft | None:
    """Return a draft that is not a day old."""
    return await _first(tx, drafts.c.id == draft_id, drafts.c.created_at > now - KEPT)


async def of_message(tx: Tx, author: int, message_id: int, *, now: datetime) -> EditionDraft | None:
    """Return the draft that was read from a message of an editor."""
    of_message = drafts.c.author == author, drafts.c.message_id == message_id
    return await _first(tx, *of_message, drafts.c.created_at > now - KEPT)


async def ask_time(tx: Tx, draft_id: int, author: int) -> None:
    """Note that the next text of an editor says when a draft goes out; no other draft asks them any more."""
    await forget_question(tx, author)
    await tx.execute(update(drafts).where(_of_bot(tx), drafts.c.id == draft_id).values(asks_time=True, author=author))


async def forget_question(tx: Tx, author: int) -> None:
    """Note that an editor's next text says nothing about a draft."""
    await tx.execute(update(drafts).where(_of_bot(tx), drafts.c.author == author).values(asks_time=False))


async def asked(tx: Tx, author: int, *, now: datetime) -> EditionDraft | None:
    """Return the draft whose time an editor was asked for."""
    return await _first(tx, drafts.c.author == author, drafts.c.asks_time, drafts.c.created_at > now - KEPT)


async def confirm(
    tx: Tx, draft_id: int, *, author: int, publish_at: datetime | None = None, at_once: bool = False
) -> bool:
    """Let a draft be published, on the word of an editor; return False except the first time."""
    values = {
        "confirmed": True,
        "author": author,
        "publish_at": publish_at,
        "at_once": at_once,
        "asks_time": False,
    }
    waiting = update(drafts).where(_of_bot(tx), drafts.c.id == draft_id, ~drafts.c.confirmed)
    return (await tx.execute(waiting.values(values))).rowcount == 1


async def confirmed(tx: Tx) -> list[int]:
    """Return the ids of the drafts that are to be published, in the order in which they came."""
    return list(await tx.scalars(select(drafts.c.id).where(_of_bot(tx), drafts.c.confirmed).order_by(drafts.c.id)))


async def get_confirmed(tx: Tx, draft_id: int) -> EditionDraft | None:
    """Return a draft if it is to be published."""
    return await _first(tx, drafts.c.id == draft_id, drafts.c.confirmed)


async def remove(tx: Tx, draft_id: int) -> None:
    """Forget a draft: it is published, or dropped."""
    await tx.execute(delete(drafts).where(_of_bot(tx), drafts.c.id == draft_id))


async def delete_before(tx: Tx, *, before: datetime) -> None:
    """Forget the drafts of before an instant that nobody has confirmed."""
    await tx.execute(delete(drafts).where(_of_bot(tx), drafts.c.created_at <= before, ~drafts.c.confirmed))


async def _first(tx: Tx, *conditions: ColumnElement[bool]) -> EditionDraft | None:
    found = select(drafts).where(_of_bot(tx), *conditions).order_by(drafts.c.id).limit(1)
    row: Any = (await tx.execute(found)).one_or_none()
    if row is None:
        return None
    return EditionDraft(
        id=row.id,
        day=EditionDay.read(row.date, row.slot),
        author=row.author,
        message_id=row.message_id,
        name=row.name,
        source=row.source,
        digest=decode_digest(row.parsed),
        created_at=row.created_at,
        is_confirmed=row.confirmed,
        publish_at=row.publish_at,
        at_once=row.at_once,
    )


def _of_bot(tx: Tx) -> ColumnElement[bool]:
    return drafts.c.bot_id == tx.bot_id
