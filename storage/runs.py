"""Runs: what goes out to many, from its draft to its end. An admin's word or an edition in, the run's state out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import func, insert, select, update

from domain.delivery.progress import CardMessage, Counts, Progress
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunKind, RunState, WaveState
from storage import deliveries, payloads
from storage.database import Tx
from storage.payloads import BROADCAST_CONTENT, NewPayload, RenderedContent
from storage.predicates import IS_WAITING
from storage.schema import BOT_ID, runs, waves

LIVE = (RunState.RUNNING, RunState.PAUSED)
"""States in which a run still has something to do."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run without its figures. `published` is when its edition was, or a broadcast was confirmed."""

    id: int
    kind: RunKind
    state: RunState
    edition: date | None
    version: int
    published_at: datetime
    rendered_up_to_preferences_id: int
    actor: int | None
    card: CardMessage | None
    reported_at: datetime | None


async def draft_broadcast(tx: Tx, *, actor: int, method: str, body: dict[str, Any], now: datetime) -> int:
    """A broadcast that waits for its author's word. `body` is the method's parameters, all but the receiver's."""
    row = {"kind": RunKind.BROADCAST, "version": 1, "state": RunState.DRAFT, "published_at": now, "actor": actor}
    run_id: int = (await tx.execute(insert(runs).values(row).returning(runs.c.id))).scalar_one()
    draft = RenderedContent(BROADCAST_CONTENT, (), (NewPayload(1, method, body),))
    await payloads.add(tx, run_id, 1, [draft])
    return run_id


async def confirm(tx: Tx, run_id: int, *, actor: int, card: CardMessage, now: datetime) -> bool:
    """Let a draft go out to everybody who is subscribed now. True once, to its author; everything else is False."""
    values = {
        "state": RunState.RUNNING,
        "published_at": now,
        "card_chat_id": card.chat_id,
        "card_message_id": card.message_id,
    }
    drafted = runs.c.state == RunState.DRAFT, runs.c.actor == actor
    if not await _change(tx, run_id, *drafted, **values):
        return False
    await tx.execute(insert(waves).values(run_id=run_id, schedule_id=None, due_at=now, state=WaveState.WAITING))
    return True


async def discard(tx: Tx, run_id: int, *, actor: int) -> bool:
    """Throw a draft away: for its author only."""
    drafted = runs.c.state == RunState.DRAFT, runs.c.actor == actor
    return await _change(tx, run_id, *drafted, state=RunState.CANCELLED, state_reason=RunStateReason.DISCARDED)


async def pause(tx: Tx, run_id: int, reason: RunStateReason, detail: str = "") -> bool:
    """Send no more of a run until `resume`; `detail` is Telegram's description, for the admins."""
    values = {"state": RunState.PAUSED, "state_reason": reason, "state_detail": detail}
    return await _change(tx, run_id, runs.c.state == RunState.RUNNING, **values)


async def resume(tx: Tx, run_id: int) -> bool:
    """Let a paused run go on."""
    values = {"state": RunState.RUNNING, "state_reason": RunStateReason.NONE, "state_detail": ""}
    return await _change(tx, run_id, runs.c.state == RunState.PAUSED, **values)


async def cancel(tx: Tx, run_id: int, reason: RunStateReason) -> bool:
    """End a run for good; what is pending counts as skipped at once, and `deliveries.drop` changes the rows later."""
    return await _change(tx, run_id, runs.c.state.in_(LIVE), state=RunState.CANCELLED, state_reason=reason)


async def resend_unconfirmed(tx: Tx, run_id: int) -> int:
    """An admin's word that what could not be confirmed goes out again; answers how many parts that are.

    A cancelled run stays so: nothing goes out again.
    """
    run = await get(tx, run_id)
    if run is None or run.state in (RunState.DRAFT, RunState.CANCELLED):
        return 0
    again = await deliveries.resend_unconfirmed(tx, run_id)
    if again:
        finished = runs.c.state == RunState.FINISHED
        await _change(tx, run_id, finished, state=RunState.RUNNING, finished_at=None)
    return again


async def is_over(tx: Tx, run_id: int) -> bool:
    """Whether nothing of a running run is waiting or pending any more."""
    return (await tx.execute(select(runs.c.id).where(*_over(run_id)))).first() is not None


async def finish(tx: Tx, run_id: int, *, now: datetime) -> bool:
    """End a run that is over."""
    ended = update(runs).where(*_over(run_id)).values(state=RunState.FINISHED, finished_at=now)
    return (await tx.execute(ended)).rowcount == 1


async def get(tx: Tx, run_id: int) -> Run | None:
    row = (await tx.execute(select(runs).where(runs.c.id == run_id))).one_or_none()
    return None if row is None else _read(row)


async def get_by_edition(tx: Tx, edition: date) -> Run | None:
    """The run of a digest."""
    row = (await tx.execute(select(runs).where(*_is_edition(edition)))).one_or_none()
    return None if row is None else _read(row)


async def in_state(tx: Tx, *states: RunState) -> list[Run]:
    """All runs in one of the states, oldest first."""
    rows = await tx.execute(select(runs).where(runs.c.state.in_(states)).order_by(runs.c.id))
    return [_read(row) for row in rows]


async def unreported(tx: Tx) -> list[Run]:
    """Broadcasts that have ended, and whose card has not been told so."""
    ended = runs.c.state.in_((RunState.FINISHED, RunState.CANCELLED)), runs.c.reported_at.is_(None)
    rows = await tx.execute(select(runs).where(*ended, runs.c.card_chat_id.is_not(None)).order_by(runs.c.id))
    return [_read(row) for row in rows]


async def leftovers(tx: Tx) -> list[int]:
    """Cancelled runs that have pending rows still."""
    left = deliveries.any_pending_of(runs.c.id)
    return list(await tx.scalars(select(runs.c.id).where(runs.c.state == RunState.CANCELLED, left)))


async def editions_since(tx: Tx, instant: datetime) -> int:
    """How many editions that go out were published since then."""
    counted = select(func.count()).where(runs.c.kind == RunKind.DIGEST, runs.c.published_at > instant)
    count: int = (await tx.execute(counted)).scalar_one()
    return count


async def digest_publications(tx: Tx, *states: RunState, since: datetime) -> dict[int, datetime]:
    """Return when the digests of runs in some states were published, if after an instant, by run."""
    recent_digests = runs.c.kind == RunKind.DIGEST, runs.c.state.in_(states), runs.c.published_at > since
    rows = await tx.execute(select(runs.c.id, runs.c.published_at).where(*recent_digests))
    return {row.id: row.published_at for row in rows}


async def add_digest(tx: Tx, edition: date, *, published: datetime, upto: int) -> int:
    """The run of a new edition. `upto` is the newest taste that its bodies were made for."""
    row = {
        "kind": RunKind.DIGEST,
        "date": edition.isoformat(),
        "version": 1,
        "state": RunState.RUNNING,
        "published_at": published,
        "rendered_up_to_preferences_id": upto,
    }
    run_id: int = (await tx.execute(insert(runs).values(row).returning(runs.c.id))).scalar_one()
    return run_id


async def set_version(tx: Tx, run_id: int, version: int, *, published: datetime, upto: int) -> None:
    """From now on waves are planned with the bodies of this version."""
    await _change(tx, run_id, version=version, published_at=published, rendered_up_to_preferences_id=upto)


async def set_rendered(tx: Tx, run_id: int, upto: int) -> None:
    await _change(tx, run_id, rendered_up_to_preferences_id=upto)


async def reported_figures(tx: Tx, run_id: int) -> str | None:
    """Return the figures that the admins were told last."""
    figures: str | None = await tx.scalar(select(runs.c.reported_figures).where(runs.c.id == run_id))
    return figures


async def note_report(tx: Tx, run_id: int, *, figures: str | None = None, now: datetime) -> None:
    """Note that the admins have been told how a run stands."""
    await _change(tx, run_id, reported_at=now, reported_figures=figures)


async def set_card(tx: Tx, run_id: int, card: CardMessage | None) -> None:
    chat, message = (card.chat_id, card.message_id) if card else (None, None)
    await _change(tx, run_id, card_chat_id=chat, card_message_id=message)


async def reopen(tx: Tx, run_id: int) -> None:
    """A finished run has something to do again: somebody joined in time."""
    await _change(tx, run_id, runs.c.state == RunState.FINISHED, state=RunState.RUNNING, finished_at=None)


async def progress(tx: Tx, run_id: int) -> Progress | None:
    """A run with its figures; counting takes about 0.2 µs a row."""
    row = (await tx.execute(select(runs).where(runs.c.id == run_id))).one_or_none()
    return None if row is None else await _with_figures(tx, row)


async def recent(tx: Tx, limit: int) -> list[Progress]:
    """The newest runs that are more than a draft, newest first."""
    rows = await tx.execute(
        select(runs).where(runs.c.state != RunState.DRAFT).order_by(runs.c.published_at.desc()).limit(limit)
    )
    return [await _with_figures(tx, row) for row in rows.all()]


def _is_edition(day: date) -> tuple[Any, ...]:
    return runs.c.kind == RunKind.DIGEST, runs.c.bot_id == BOT_ID, runs.c.date == day.isoformat()


def _over(run_id: int) -> tuple[Any, ...]:
    waiting = select(waves.c.id).where(waves.c.run_id == run_id, IS_WAITING)
    running = runs.c.id == run_id, runs.c.state == RunState.RUNNING
    return (*running, ~waiting.exists(), ~deliveries.any_pending(run_id))


async def _with_figures(tx: Tx, row: Any) -> Progress:
    run = _read(row)
    stored = msgspec.json.decode(row.counts, type=Counts) if row.counts else None
    figures = select(
        func.coalesce(func.sum(waves.c.missed), 0),
        func.min(waves.c.due_at).filter(IS_WAITING),
    ).where(waves.c.run_id == run.id)
    missed, next_due = (await tx.execute(figures)).one()
    return Progress(
        run_id=run.id,
        kind=run.kind,
        state=run.state,
        state_reason=RunStateReason(row.state_reason),
        state_detail=row.state_detail,
        edition=run.edition,
        version=run.version,
        published_at=run.published_at,
        finished_at=row.finished_at,
        actor=run.actor,
        card=run.card,
        counts=stored or await deliveries.count(tx, run.id),
        missed=missed,
        next_due=next_due,
    )


async def _change(tx: Tx, run_id: int, *conditions: Any, **values: Any) -> bool:
    return (await tx.execute(update(runs).where(runs.c.id == run_id, *conditions).values(values))).rowcount == 1


def _read(row: Any) -> Run:
    return Run(
        id=row.id,
        kind=RunKind(row.kind),
        state=RunState(row.state),
        edition=date.fromisoformat(row.date) if row.date else None,
        version=row.version,
        published_at=row.published_at,
        rendered_up_to_preferences_id=row.rendered_up_to_preferences_id,
        actor=row.actor,
        card=None if row.card_chat_id is None else CardMessage(row.card_chat_id, row.card_message_id),
        reported_at=row.reported_at,
    )
