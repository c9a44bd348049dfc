"""Broadcasts as their authors compose them, beside the runs that send them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import func, insert, select, update

from domain.chat.limits import EDITABLE_FOR
from domain.delivery.broadcast import Broadcast, calls, edit_call
from domain.delivery.reasons import RunStateReason
from domain.delivery.segment import EVERYBODY, Segment
from domain.delivery.states import DeliveryState, RunKind, RunState
from storage import correction_runs, payloads, runs
from storage.database import Tx
from storage.payloads import BROADCAST_CONTENT, NewPayload, RenderedContent
from storage.schema import broadcasts, deliveries
from storage.schema import payloads as payload_rows
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
    EDIT = "edit"
    """The new text of a broadcast that was sent."""


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


async def of_runs(tx: Tx, run_ids: Collection[int] | None = None) -> dict[int, Broadcast]:
    """Return the broadcast that each run sends, edits, pins or recalls, by the runs' ids; None: of all runs.

    Drafts, which are their authors' alone, and what was only a draft are left out.
    """
    changed = func.coalesce(run_rows.c.recalled_run_id, run_rows.c.corrected_run_id, run_rows.c.pinned_run_id)
    sent = run_rows.alias()
    unused = RunStateReason.DISCARDED, RunStateReason.REWORDED, RunStateReason.SUPERSEDED
    found = (
        select(run_rows.c.id, broadcasts.c.content)
        .join(sent, sent.c.id == func.coalesce(changed, run_rows.c.id))
        .join(broadcasts, broadcasts.c.run_id == sent.c.id)
        .where(run_rows.c.bot_id == tx.bot_id, sent.c.state != RunState.DRAFT, sent.c.state_reason.not_in(unused))
    )
    rows = await tx.execute(found if run_ids is None else found.where(run_rows.c.id.in_(run_ids)))
    return {row.id: msgspec.json.decode(row.content, type=Broadcast) for row in rows}


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
    """Store another broadcast in a draft, and close the question that its author was asked."""
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


async def of_messages(tx: Tx, actor: int, message_ids: Collection[int], *, now: datetime) -> list[StoredBroadcast]:
    """Return what an author has composed from some messages and not discarded, drafts of edits too, newest first.

    Looks no further back than their messages can be edited.
    """
    is_recent = run_rows.c.published_at > now - EDITABLE_FOR
    of_author = run_rows.c.bot_id == tx.bot_id, run_rows.c.actor == actor, is_recent
    unused = RunStateReason.DISCARDED, RunStateReason.REWORDED, RunStateReason.SUPERSEDED
    of_kind = run_rows.c.kind.in_((RunKind.BROADCAST, RunKind.CORRECTION)), run_rows.c.state_reason.not_in(unused)
    composed = select(broadcasts, run_rows.c.actor).join(run_rows, run_rows.c.id == broadcasts.c.run_id)
    rows = await tx.execute(composed.where(*of_author, *of_kind).order_by(broadcasts.c.run_id.desc()))
    found = [_read(row) for row in rows]
    return [stored for stored in found if not stored.broadcast.sources.isdisjoint(message_ids)]


async def reword(tx: Tx, stored: StoredBroadcast, broadcast: Broadcast, *, now: datetime) -> StoredBroadcast:
    """Put another draft in the place of one, whose card sends nothing from now on; its question stays open."""
    await runs.discard(tx, stored.run_id, actor=stored.actor, reason=RunStateReason.REWORDED)
    run_id = await draft(tx, broadcast, actor=stored.actor, now=now)
    if stored.asked is not Question.NONE:
        await ask(tx, run_id, stored.asked, stored.answered)
    return replace(stored, run_id=run_id, broadcast=broadcast)


async def draft_edit(tx: Tx, stored: StoredBroadcast, *, actor: int, now: datetime) -> int | None:
    """Store the edit of a sent broadcast whose text its author is asked for; return its run.

    None if the broadcast is recalled or has not begun. It takes the place of another draft of an edit.
    """
    run = await runs.get(tx, stored.run_id)
    if run is None or run.state is RunState.DRAFT or await runs.is_recalled(tx, run.id):
        return None
    run_id = await correction_runs.draft(tx, run, run.version + 1, now=now)
    await tx.execute(update(run_rows).where(run_rows.c.id == run_id).values(actor=actor))
    copy = stored.broadcast if actor == stored.actor else stored.broadcast.without_sources()
    await tx.execute(insert(broadcasts).values(run_id=run_id, **_columns(copy)))
    await ask(tx, run_id, Question.EDIT)
    return run_id


async def asked_for_edit(tx: Tx, actor: int) -> StoredBroadcast | None:
    """Return the edit whose author was asked for the new text last."""
    drafted = run_rows.c.actor == actor, _IS_DRAFT, broadcasts.c.asked == Question.EDIT
    return await _first(tx, *drafted, kind=RunKind.CORRECTION)


async def awaits_text(tx: Tx, actor: int) -> bool:
    """Return whether the next text of somebody answers what they were asked about a broadcast."""
    return await asked(tx, actor) is not None or await asked_for_edit(tx, actor) is not None


async def newest_edit(tx: Tx, run_id: int, actor: int) -> StoredBroadcast | None:
    """Return the newest edit of a broadcast whose text its author has seen and not decided about."""
    worded = run_rows.c.corrected_run_id == run_id, broadcasts.c.asked == Question.NONE
    return await _first(tx, run_rows.c.actor == actor, _IS_DRAFT, *worded, kind=RunKind.CORRECTION)


async def drafted_edit(tx: Tx, run_id: int, actor: int) -> StoredBroadcast | None:
    """Return the edit of an author that waits for them to confirm it."""
    drafted = run_rows.c.id == run_id, run_rows.c.actor == actor, _IS_DRAFT
    return await _first(tx, *drafted, kind=RunKind.CORRECTION)


async def word_edit(tx: Tx, run_id: int, broadcast: Broadcast) -> None:
    """Store what a broadcast is to be after its edit."""
    values = _columns(broadcast) | {"asked": Question.NONE}
    await tx.execute(update(broadcasts).where(broadcasts.c.run_id == run_id).values(values))


async def start_edit(tx: Tx, edit: StoredBroadcast, *, now: datetime) -> bool:
    """Edit what was sent, and send the new text to who has not had it; return False except the first time.

    What failed or is unconfirmed takes the new text too, if it goes again.
    """
    run = await runs.get(tx, edit.run_id)
    sent = None if run is None or run.corrected_run_id is None else await get(tx, run.corrected_run_id)
    sent_run = None if sent is None else await runs.get(tx, sent.run_id)
    if run is None or sent is None or sent_run is None or await runs.is_recalled(tx, sent.run_id):
        return False
    if run.version != sent_run.version + 1 or edit.asked is not Question.NONE:
        return False
    if not await correction_runs.start(tx, run.id, actor=edit.actor, now=now):
        return False
    (former,), (edited,) = sent.broadcast.messages, edit.broadcast.messages
    broadcast = replace(sent.broadcast, messages=(replace(edited, message_id=former.message_id),))
    if edit.actor == sent.actor:
        broadcast = replace(broadcast, texts_from=edit.broadcast.texts_from)
    call = edit_call(broadcast)
    words = NewPayload(call.part, call.method, call.parameters)
    await payloads.add(tx, run.id, run.version, [RenderedContent(BROADCAST_CONTENT, (), (words,))])
    await tx.execute(update(broadcasts).where(broadcasts.c.run_id == sent.run_id).values(_columns(broadcast)))
    await _render(tx, sent.run_id, broadcast, sent.actor, version=run.version)
    values = {"version": run.version, "change_count": run_rows.c.change_count + 1}
    await tx.execute(update(run_rows).where(run_rows.c.id == sent.run_id).values(values))
    newest = select(payload_rows.c.id).where(
        payload_rows.c.run_id == sent.run_id, payload_rows.c.version == run.version
    )
    may_go_again = deliveries.c.state.in_((DeliveryState.FAILED, DeliveryState.UNCONFIRMED))
    unsent = deliveries.c.run_id == sent.run_id, may_go_again, deliveries.c.message_id.is_(None)
    await tx.execute(update(deliveries).where(*unsent).values(payload_id=newest.scalar_subquery()))
    return True


async def _render(tx: Tx, run_id: int, broadcast: Broadcast, actor: int, *, version: int = 1) -> None:
    parts = [NewPayload(call.part, call.method, call.parameters) for call in calls(broadcast, actor)]
    await payloads.add(tx, run_id, version, [RenderedContent(BROADCAST_CONTENT, (), tuple(parts))])


async def _first(tx: Tx, *conditions: object, kind: RunKind = RunKind.BROADCAST) -> StoredBroadcast | None:
    of_bot = run_rows.c.bot_id == tx.bot_id, run_rows.c.kind == kind, run_rows.c.actor.is_not(None)
    newest = (
        select(broadcasts, run_rows.c.actor)
        .join(run_rows, run_rows.c.id == broadcasts.c.run_id)
        .where(*of_bot, *conditions)  # type: ignore[arg-type] # conditions over these tables
        .order_by(broadcasts.c.run_id.desc())
        .limit(1)
    )
    row = (await tx.execute(newest)).one_or_none()
    return None if row is None else _read(row)


def _read(row: Any) -> StoredBroadcast:
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
