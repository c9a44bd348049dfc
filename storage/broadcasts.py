"""Broadcasts as their authors compose them, beside the runs that send them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlalchemy import insert, select, update

from domain.delivery.broadcast import Broadcast, calls
from domain.delivery.segment import EVERYBODY, Segment
from domain.delivery.states import RunKind, RunState
from storage import payloads, runs
from storage.database import Tx
from storage.payloads import BROADCAST_CONTENT, NewPayload, RenderedContent
from storage.schema import broadcasts
from storage.schema import runs as run_rows


class Question(StrEnum):
    """What the author of a draft was asked for, so that their next text is the answer."""

    NONE = ""
    BUTTON = "button"
    """The label of a button, or several buttons by lines."""
    ADDRESS = "address"
    """Where the button leads whose label is already known."""
    TIME = "time"
    """When it goes out."""
    NAME = "name"
    """The name under which its segment is saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBroadcast:
    """A broadcast of a run. `asked` is what its author was asked last, `answered` what they have said to it so far."""

    run_id: int
    actor: int
    broadcast: Broadcast
    asked: Question = Question.NONE
    answered: str = ""


async def draft(tx: Tx, broadcast: Broadcast, *, actor: int, now: datetime) -> int:
    """Store a broadcast that its author has to confirm; return its run."""
    run_id = await runs.add_draft(tx, actor=actor, now=now)
    await tx.execute(insert(broadcasts).values(run_id=run_id, **_columns(broadcast)))
    await _render(tx, run_id, broadcast, actor)
    return run_id


async def get(tx: Tx, run_id: int) -> StoredBroadcast | None:
    """Return the broadcast of a run."""
    return await _first(tx, run_rows.c.id == run_id)


async def segment(tx: Tx, run_id: int) -> Segment:
    """Return whom a broadcast goes to."""
    content = await tx.scalar(select(broadcasts.c.content).where(broadcasts.c.run_id == run_id))
    return EVERYBODY if content is None else msgspec.json.decode(content, type=Broadcast).segment


async def asked(tx: Tx, actor: int) -> StoredBroadcast | None:
    """Return the draft whose author was asked something last and has not answered."""
    return await _first(tx, run_rows.c.actor == actor, _IS_DRAFT, broadcasts.c.asked != Question.NONE)


async def collecting(tx: Tx, actor: int, album_id: str) -> StoredBroadcast | None:
    """Return the draft that takes further messages of an album."""
    return await _first(tx, run_rows.c.actor == actor, _IS_DRAFT, broadcasts.c.album_id == album_id)


async def change(tx: Tx, stored: StoredBroadcast, broadcast: Broadcast) -> None:
    """Let a draft be another broadcast; what its author was asked is answered."""
    values = _columns(broadcast) | {"asked": Question.NONE, "answered": ""}
    await tx.execute(update(broadcasts).where(broadcasts.c.run_id == stored.run_id).values(values))
    await payloads.delete_all(tx, stored.run_id)
    await _render(tx, stored.run_id, broadcast, stored.actor)


async def ask(tx: Tx, run_id: int, question: Question, answered: str = "") -> None:
    """Note what the author of a draft is asked; it is the only question that is open to them."""
    of_author = select(run_rows.c.actor).where(run_rows.c.id == run_id).scalar_subquery()
    drafts = select(run_rows.c.id).where(run_rows.c.bot_id == tx.bot_id, run_rows.c.actor == of_author, _IS_DRAFT)
    await tx.execute(update(broadcasts).where(broadcasts.c.run_id.in_(drafts)).values(asked=Question.NONE, answered=""))
    values = {"asked": question, "answered": answered}
    await tx.execute(update(broadcasts).where(broadcasts.c.run_id == run_id).values(values))


async def _render(tx: Tx, run_id: int, broadcast: Broadcast, actor: int) -> None:
    parts = [NewPayload(call.part, call.method, call.parameters) for call in calls(broadcast, actor)]
    await payloads.add(tx, run_id, 1, [RenderedContent(BROADCAST_CONTENT, (), tuple(parts))])


async def _first(tx: Tx, *conditions: object) -> StoredBroadcast | None:
    of_bot = run_rows.c.bot_id == tx.bot_id, run_rows.c.kind == RunKind.BROADCAST, run_rows.c.actor.is_not(None)
    newest = (
        select(broadcasts, run_rows.c.actor)
        .join(run_rows, run_rows.c.id == broadcasts.c.run_id)
        .where(*of_bot, *conditions)  # type: ignore[arg-type] # conditions over these tables
        .order_by(broadcasts.c.run_id.desc())
        .limit(1)
    )
    row = (await tx.execute(newest)).one_or_none()
    if row is None:
        return None
    return StoredBroadcast(
        run_id=row.run_id,
        actor=row.actor,
        broadcast=msgspec.json.decode(row.content, type=Broadcast),
        asked=Question(row.asked),
        answered=row.answered,
    )


def _columns(broadcast: Broadcast) -> dict[str, object]:
    return {"content": msgspec.json.encode(broadcast), "album_id": broadcast.messages[0].album_id}


_IS_DRAFT = run_rows.c.state == RunState.DRAFT
