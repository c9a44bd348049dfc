"""What is forgotten: runs that ended long ago keep their figures; their rows, bodies and waves go.

Message ids are what a correction needs to edit what was delivered, so rows stay as long as a correction makes sense.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, select, update

from domain.delivery.states import RunState
from storage import deliveries as delivery_rows
from storage.database import Tx
from storage.schema import deliveries, payloads, runs, waves

KEPT = timedelta(days=30)
"""How long after its publication a run's rows are kept."""

CHUNK = 2000
"""Recipients whose rows are deleted in one step: a few milliseconds."""

_OVER = (RunState.DRAFT, RunState.FINISHED, RunState.CANCELLED)


async def forget_some(tx: Tx, *, now: datetime) -> bool:
    """Take one short step of forgetting; whether there may be more to forget."""
    has_bodies = select(payloads.c.id).where(payloads.c.run_id == runs.c.id).exists()
    old = select(runs.c.id, runs.c.counts).where(runs.c.state.in_(_OVER), runs.c.published_at < now - KEPT, has_bodies)
    found = (await tx.execute(old.order_by(runs.c.id).limit(1))).first()
    if found is None:
        return False
    run_id, counts = found
    if not counts:
        figures = msgspec.json.encode(await delivery_rows.count(tx, run_id)).decode()
        await tx.execute(update(runs).where(runs.c.id == run_id).values(counts=figures))
    elif not await _forget_rows(tx, run_id):
        for table in (payloads, waves):
            await tx.execute(delete(table).where(table.c.run_id == run_id))
    return True


async def _forget_rows(tx: Tx, run_id: int) -> bool:
    """Delete some of a run's rows; whether there were any."""
    of_run = deliveries.c.run_id == run_id
    first = select(deliveries.c.subscriber_id).where(of_run).order_by(deliveries.c.subscriber_id)
    last = await tx.scalar(first.offset(CHUNK).limit(1))
    upto = () if last is None else (deliveries.c.subscriber_id <= last,)
    return (await tx.execute(delete(deliveries).where(of_run, *upto))).rowcount > 0
