"""Retention: of runs that ended long ago, or whose author was erased, only the figures are kept.

A correction or a withdrawal that goes on needs the rows of its edition, and those of the corrections before it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, select, update

from domain.delivery.states import RunKind, RunState
from storage import deliveries as delivery_rows
from storage import payloads as payload_rows
from storage.database import Tx
from storage.runs import LIVE
from storage.schema import broadcasts, deliveries, payloads, runs, waves

KEPT = timedelta(days=30)
"""How long after its publication a run's rows are kept."""

CHUNK_RECIPIENTS = 2000
"""Recipients whose rows are deleted in one step, which takes a few milliseconds."""

_IS_OF_NOBODY = (runs.c.kind == RunKind.BROADCAST) & runs.c.actor.is_(None)
"""The author of a broadcast had everything erased, its text included."""

_ENDED = (RunState.DRAFT, RunState.FINISHED, RunState.CANCELLED)


async def forget_some(tx: Tx, *, now: datetime) -> bool:
    """Take one short step of deleting old rows; return whether there may be more to delete."""
    has_payloads = select(payloads.c.id).where(payloads.c.run_id == runs.c.id).exists()
    is_old = runs.c.published_at < now - KEPT
    correction = runs.alias("correction")
    is_changed = correction.c.corrected_run_id.in_((runs.c.id, runs.c.corrected_run_id))
    is_needed = select(correction.c.id).where(is_changed, correction.c.state.in_(LIVE))
    has_ended = runs.c.bot_id == tx.bot_id, runs.c.state.in_(_ENDED), has_payloads, is_old | _IS_OF_NOBODY
    oldest = select(runs.c.id, runs.c.counts).where(*has_ended, ~is_needed.exists()).order_by(runs.c.id).limit(1)
    row = (await tx.execute(oldest)).first()
    if row is None:
        return False
    if not row.counts:
        counts = msgspec.json.encode(await delivery_rows.count(tx, row.id)).decode()
        await tx.execute(update(runs).where(runs.c.id == row.id).values(counts=counts))
    elif not await _delete_some_deliveries(tx, row.id):
        await payload_rows.delete_all(tx, row.id)
        for table in (broadcasts, waves):
            await tx.execute(delete(table).where(table.c.run_id == row.id))
    return True


async def _delete_some_deliveries(tx: Tx, run_id: int) -> bool:
    """Delete some of a run's deliveries; return whether there were any."""
    of_run = deliveries.c.run_id == run_id
    recipients = select(deliveries.c.subscriber_id).where(of_run).order_by(deliveries.c.subscriber_id)
    last = await tx.scalar(recipients.offset(CHUNK_RECIPIENTS).limit(1))
    chunk = () if last is None else (deliveries.c.subscriber_id <= last,)
    return (await tx.execute(delete(deliveries).where(of_run, *chunk))).rowcount > 0
