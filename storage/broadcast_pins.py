"""Pins of a broadcast in the chats that have it: a run of its own pins or unpins each first message.

broadcast ended → run (a former one of the broadcast is superseded) → a row for each first message → pinned or unpinned
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import insert, select, update

from domain.delivery.broadcast import Broadcast
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunKind, RunPurpose, RunState, WaveState
from storage import payloads, run_progress, runs
from storage.database import Tx
from storage.payloads import BROADCAST_CONTENT, PIN_METHOD, UNPIN_METHOD, NewPayload, RenderedContent
from storage.predicates import IS_IN_FLIGHT
from storage.schema import broadcasts, deliveries, waves
from storage.schema import runs as run_rows


async def start(tx: Tx, run_id: int, *, pins: bool, actor: int | None, now: datetime) -> bool:
    """Start a run that pins the messages of a broadcast that has ended, or unpins them; return False if it cannot.

    What is left of a former one is superseded.
    """
    run = await runs.get(tx, run_id)
    has_ended = run is not None and run.state in (RunState.FINISHED, RunState.CANCELLED)
    if run is None or not has_ended or run.purpose is not RunPurpose.BROADCAST or await runs.is_recalled(tx, run_id):
        return False
    newest = await run_progress.newest_pins(tx, run_id)
    if newest is not None and newest.unpins is not pins:
        return False
    await supersede(tx, run_id)
    row = {
        "bot_id": tx.bot_id,
        "kind": RunKind.CORRECTION,
        "version": 1,
        "state": RunState.RUNNING,
        "published_at": now,
        "actor": actor,
        "pinned_run_id": run_id,
    }
    pin_run_id: int = (await tx.execute(insert(run_rows).values(row).returning(run_rows.c.id))).scalar_one()
    call = NewPayload(1, PIN_METHOD, {"disable_notification": True}) if pins else NewPayload(1, UNPIN_METHOD, {})
    await payloads.add(tx, pin_run_id, 1, [RenderedContent(BROADCAST_CONTENT, (), (call,))])
    wave = {"run_id": pin_run_id, "schedule_id": None, "due_at": now, "state": WaveState.WAITING}
    await tx.execute(insert(waves), [wave])
    await _note_change(tx, run_id)
    return True


async def pin_if_wanted(tx: Tx, run_id: int, *, now: datetime) -> None:
    """Pin a broadcast that has just ended, if its author wanted that; what came after the pins is pinned too."""
    content = await tx.scalar(select(broadcasts.c.content).where(broadcasts.c.run_id == run_id))
    newest = None if content is None else await run_progress.newest_pins(tx, run_id)
    if content is None:
        return
    if newest is None and msgspec.json.decode(content, type=Broadcast).is_pinned:
        await start(tx, run_id, pins=True, actor=None, now=now)
    elif newest is not None and not newest.unpins:
        finished = run_rows.c.id == newest.run_id, run_rows.c.state == RunState.FINISHED
        await tx.execute(update(run_rows).where(*finished).values(state=RunState.RUNNING, finished_at=None))
        again = {"state": WaveState.WAITING, "cursor": 0, "due_at": now}
        await tx.execute(update(waves).where(waves.c.run_id == newest.run_id).values(again))


async def supersede(tx: Tx, run_id: int) -> None:
    """End what is left of the pins of a broadcast."""
    going = run_rows.c.pinned_run_id == run_id, run_rows.c.bot_id == tx.bot_id, run_rows.c.state.in_(runs.LIVE)
    values = {"state": RunState.CANCELLED, "state_reason": RunStateReason.SUPERSEDED}
    await tx.execute(update(run_rows).where(*going).values(values))


async def has_in_flight(tx: Tx, run_id: int) -> bool:
    """Return whether messages of a broadcast are being sent, pinned or unpinned."""
    concerned = (run_rows.c.id == run_id) | (run_rows.c.pinned_run_id == run_id)
    of_broadcast = select(run_rows.c.id).where(run_rows.c.bot_id == tx.bot_id, concerned)
    in_flight = select(deliveries.c.run_id).where(deliveries.c.run_id.in_(of_broadcast), IS_IN_FLIGHT).limit(1)
    return await tx.scalar(in_flight) is not None


async def _note_change(tx: Tx, run_id: int) -> None:
    changed = {"change_count": run_rows.c.change_count + 1}
    await tx.execute(update(run_rows).where(run_rows.c.id == run_id).values(changed))
