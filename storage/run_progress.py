"""How far runs have got: their figures, what failed, and what was done to them afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, String, Subquery, case, cast, func, select

from domain.audit import AuditAction
from domain.delivery.broadcast import Broadcast
from domain.delivery.broadcast_time import WaitingRecipients
from domain.delivery.payment import Payment
from domain.delivery.progress import Counts, Progress, Trouble, Wishes
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunKind, RunPurpose, RunState
from domain.delivery.withdrawal import WithdrawalFigures
from storage import audit, broadcast_dues, deliveries, payloads, subscribers, votes, withdrawal_figures
from storage.database import Tx
from storage.predicates import IS_WAITING
from storage.runs import LIVE, Run, read_row
from storage.schema import broadcasts, runs, waves
from storage.schema import payloads as payload_rows

MAX_LISTED_DELIVERIES = 1000
"""Most failed or unconfirmed deliveries that a report reads."""


CountWaiting = Callable[[Tx, Run], Awaitable[WaitingRecipients | None]]


async def get(tx: Tx, run_id: int, *, count_waiting: CountWaiting = broadcast_dues.of_run) -> Progress | None:
    """Return a run with its figures.

    Counting takes about 0.2 µs a row; of a broadcast that is not due for all, 1 µs a subscriber more, unless
    `count_waiting` knows them.
    """
    row = (await tx.execute(select(runs).where(_of_bot(tx), runs.c.id == run_id))).one_or_none()
    return None if row is None else await _with_figures(tx, row, count_waiting)


async def trouble(tx: Tx, run_id: int) -> Trouble:
    """Return why deliveries of a run failed, and which chats have unconfirmed ones."""
    unconfirmed = await deliveries.unconfirmed(tx, run_id, limit=MAX_LISTED_DELIVERIES)
    failures = await deliveries.failures(tx, run_id, limit=MAX_LISTED_DELIVERIES)
    return Trouble(failures, [delivery.chat_id for delivery in unconfirmed])


async def recent(tx: Tx, limit: int) -> list[Progress]:
    """Return the newest runs, newest first, without drafts and those that were only drafts.

    A run is as old as its publication, or as the last time it was sent at once. An edition that is published again
    keeps its moment, so it counts from what was done with it before.
    """
    begun = _begun(tx)
    latest = func.max(begun.c.at).over(partition_by=begun.c.edition, order_by=begun.c.id)
    ages = select(begun.c.id, latest.label("at")).subquery()
    newest = select(runs).join(ages, ages.c.id == runs.c.id).order_by(ages.c.at.desc(), runs.c.id.desc())
    return [await _with_figures(tx, row) for row in (await tx.execute(newest.limit(limit))).all()]


def _begun(tx: Tx) -> Subquery:
    """Return the runs that have begun, with when they did and their edition; what is of none has one of its own."""
    has_wave = select(waves.c.id).where(waves.c.run_id == runs.c.id).exists()
    unused = runs.c.state_reason.in_((RunStateReason.DISCARDED, RunStateReason.REWORDED, RunStateReason.SUPERSEDED))
    sent = (
        select(waves.c.run_id, func.max(waves.c.due_at).label("at"))
        .join(runs, runs.c.id == waves.c.run_id)
        .where(_of_bot(tx), waves.c.at_once)
        .group_by(waves.c.run_id)
        .subquery()
    )
    began_at = case((sent.c.at > runs.c.published_at, sent.c.at), else_=runs.c.published_at)
    is_of_edition = runs.c.kind.in_((RunKind.DIGEST, RunKind.WITHDRAWAL))
    edition = case((is_of_edition, runs.c.date + "-" + runs.c.slot), else_=cast(runs.c.id, String))
    return (
        select(runs.c.id, began_at.label("at"), edition.label("edition"))
        .outerjoin(sent, sent.c.run_id == runs.c.id)
        .where(_of_bot(tx), runs.c.state != RunState.DRAFT, ~unused | has_wave)
        .subquery()
    )


async def newest_pins(tx: Tx, run_id: int) -> Progress | None:
    """Return the newest run that pins or unpins the messages of a broadcast, if it was not superseded."""
    going = _of_bot(tx), runs.c.pinned_run_id == run_id, runs.c.state.in_((*LIVE, RunState.FINISHED))
    row = (await tx.execute(select(runs).where(*going).order_by(runs.c.id.desc()).limit(1))).one_or_none()
    return None if row is None else await _with_figures(tx, row)


async def _with_figures(tx: Tx, row: Any, count_waiting: CountWaiting = broadcast_dues.of_run) -> Progress:
    run = read_row(row)
    stored = msgspec.json.decode(row.counts, type=Counts) if row.counts else None
    figures = select(
        func.coalesce(func.sum(waves.c.missed), 0),
        func.min(waves.c.due_at).filter(IS_WAITING),
    ).where(waves.c.run_id == run.id)
    is_broadcast = run.purpose is RunPurpose.BROADCAST
    missed, next_due = (await tx.execute(figures)).one()
    return Progress(
        run_id=run.id,
        purpose=run.purpose,
        state=run.state,
        state_reason=RunStateReason(row.state_reason),
        state_detail=row.state_detail,
        payment=Payment(row.payment),
        payment_detail=row.payment_detail,
        edition=run.edition,
        version=run.version,
        published_at=run.published_at,
        finished_at=row.finished_at,
        actor=run.actor,
        card=run.card,
        counts=stored or await deliveries.count(tx, run.id),
        missed=missed,
        next_due=next_due if run.state in LIVE else None,
        card_zone=await _card_zone(tx, run),
        broadcast=await _composed(tx, run) if is_broadcast else None,
        recall=await _recall(tx, run) if is_broadcast else None,
        edit=await _newest_edit(tx, run) if is_broadcast else None,
        pins=await newest_pins(tx, run.id) if is_broadcast else None,
        unpins=run.purpose is RunPurpose.PINS and await _unpins(tx, run),
        wishes=await votes.wishes(tx, run.edition) if run.purpose is RunPurpose.DIGEST and run.edition else Wishes(),
        withdrawal=await _taken_back(tx, run) if stored is None else None,
        waiting=await _waiting(tx, run, count_waiting) if stored is None else None,
        cancelled_by=await _canceller(tx, run, RunStateReason(row.state_reason)),
    )


async def _waiting(tx: Tx, run: Run, count_waiting: CountWaiting) -> WaitingRecipients | None:
    if run.kind is not RunKind.BROADCAST or run.state not in (*LIVE, RunState.CANCELLED):
        return None
    return await count_waiting(tx, run)


async def _canceller(tx: Tx, run: Run, reason: RunStateReason) -> int | None:
    if run.state is not RunState.CANCELLED or reason is not RunStateReason.ADMIN:
        return None
    return await audit.newest_actor(tx, run.id, AuditAction.RUN_CANCELLED)


async def _taken_back(tx: Tx, run: Run) -> WithdrawalFigures | None:
    if run.purpose is not RunPurpose.WITHDRAWAL or run.corrected_run_id is None:
        return None
    return await withdrawal_figures.figures(tx, run.id, run.corrected_run_id)


async def _recall(tx: Tx, run: Run) -> Progress | None:
    recall = select(runs).where(_of_bot(tx), runs.c.recalled_run_id == run.id)
    row = (await tx.execute(recall)).one_or_none()
    return None if row is None else await _with_figures(tx, row)


async def _newest_edit(tx: Tx, run: Run) -> Progress | None:
    edits = _of_bot(tx), runs.c.corrected_run_id == run.id, runs.c.state.in_((*LIVE, RunState.FINISHED))
    row = (await tx.execute(select(runs).where(*edits).order_by(runs.c.id.desc()).limit(1))).one_or_none()
    return None if row is None else await _with_figures(tx, row)


async def _unpins(tx: Tx, run: Run) -> bool:
    """Return whether a run of pins unpins what a broadcast sent."""
    method = await tx.scalar(select(payload_rows.c.method).where(payload_rows.c.run_id == run.id).limit(1))
    return bool(method == payloads.UNPIN_METHOD)


async def _card_zone(tx: Tx, run: Run) -> str:
    """Return the time zone of the chat with a run's card."""
    reader = None if run.card is None else await subscribers.get(tx, run.card.chat_id)
    return "UTC" if reader is None else reader.schedule.zone


async def _composed(tx: Tx, run: Run) -> Broadcast | None:
    content = await tx.scalar(select(broadcasts.c.content).where(broadcasts.c.run_id == run.id))
    return None if content is None else msgspec.json.decode(content, type=Broadcast)


def _of_bot(tx: Tx) -> ColumnElement[bool]:
    return runs.c.bot_id == tx.bot_id
