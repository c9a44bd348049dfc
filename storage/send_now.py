"""Send an edition at once to those who have not had it, whatever their times: an editor's word."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select, update

from domain.audit import AuditAction, AuditEntry
from domain.delivery.reasons import DeliveryReason
from domain.delivery.send_now import SendNow
from domain.delivery.states import DeliveryState, RunState, WaveState
from domain.edition_day import calendar_day, slot_of
from domain.subscription.reach import Reach
from storage import audit, bots, deliveries, digests, reach, runs, schedules
from storage.database import Tx
from storage.digests import DigestMetadata
from storage.schema import deliveries as delivery_rows
from storage.schema import runs as run_rows
from storage.schema import subscribers, waves
from storage.segments import receives
from storage.upsert import insert


async def check(tx: Tx, day: date) -> SendNow:
    """Return whether the edition of a day may be sent at once, or why not."""
    sendable = await _sendable(tx, day)
    return sendable if isinstance(sendable, SendNow) else SendNow.SENT


async def outlook(tx: Tx, day: date, *, now: datetime) -> Reach | SendNow:
    """Return whom an edition reaches if it is sent at once, or why it may not be."""
    sendable = await _sendable(tx, day)
    if isinstance(sendable, SendNow):
        return sendable
    return await reach.of_edition(tx, day, sendable.published, now=now)


async def send_by(actor: int, tx: Tx, day: date, *, now: datetime) -> Reach | SendNow:
    """Send an edition at once on somebody's word, and record it; return whom it reaches, or why it may not be sent.

    Nothing is done if nobody is without it.
    """
    sendable = await _sendable(tx, day)
    if isinstance(sendable, SendNow):
        return sendable
    reached = await reach.of_edition(tx, day, sendable.published, now=now)
    if reached.without:
        await _send(tx, day, sendable, now)
        detail = str(reached.without)
        entry = AuditEntry(at=now, actor=actor, action=AuditAction.SENT_NOW, edition=day, detail=detail)
        await audit.record(tx, entry)
    return reached


async def send_now(tx: Tx, day: date, *, now: datetime) -> SendNow:
    """Let the edition of a day be planned at once for all schedules; recipients that have rows are passed over.

    What was planned and then skipped as too late, or because its recipient had left, is sent too, if they are
    subscribed now. An edition whose hour is still to come is published now.
    """
    sendable = await _sendable(tx, day)
    if isinstance(sendable, SendNow):
        return sendable
    await _send(tx, day, sendable, now)
    return SendNow.SENT


async def _sendable(tx: Tx, day: date) -> DigestMetadata | SendNow:
    """Return the edition of a day if it may be sent at once, or why not."""
    stored = await digests.get_metadata(tx, day)
    if stored is None:
        return SendNow.NOT_STORED
    if stored.is_withdrawn:
        return SendNow.WITHDRAWN
    run = await runs.get_by_edition(tx, day)
    if run is None:
        restored_on = await bots.restored_on(tx)
        is_unknown = restored_on is not None and calendar_day(day) <= restored_on
        return SendNow.UNKNOWN_RECIPIENTS if is_unknown else stored
    if run.state in (RunState.PAUSED, RunState.CANCELLED):
        return SendNow(run.state.value)
    has_counts_only = bool(await tx.scalar(select(run_rows.c.counts).where(run_rows.c.id == run.id)))
    return SendNow.UNKNOWN_RECIPIENTS if has_counts_only else stored


async def _send(tx: Tx, day: date, stored: DigestMetadata, now: datetime) -> None:
    published = min(stored.published, now)
    if published != stored.published:
        await digests.set_published(tx, day, published)
    run = await runs.get_by_edition(tx, day)
    if run is None:
        run_id = await runs.add_digest(tx, day, published=published, upto=0)
        await runs.set_version(tx, run_id, stored.version, published=published, upto=0)
    else:
        run_id = run.id
        await tx.execute(update(run_rows).where(run_rows.c.id == run_id).values(published_at=published))
        await runs.reopen(tx, run_id)
        await deliveries.forget_delays(tx, run_id)
        await _take_back_skipped(tx, run_id, now)
    await runs.note_change(tx, run_id)
    await _set_waiting(tx, run_id, list(await schedules.in_use(tx, slot_of(day))), now)


async def _set_waiting(tx: Tx, run_id: int, schedule_ids: list[int], now: datetime) -> None:
    values = {"due_at": now, "state": WaveState.WAITING, "cursor": 0, "missed": 0, "at_once": True}
    rows = [{"run_id": run_id, "schedule_id": schedule_id} | values for schedule_id in schedule_ids]
    if rows:
        row = insert(tx, waves)
        await tx.execute(row.on_conflict_do_update(index_elements=["run_id", "schedule_id"], set_=values), rows)


async def _take_back_skipped(tx: Tx, run_id: int, now: datetime) -> None:
    """Let go what was skipped without having been sent, of recipients who would get something now."""
    of_row = subscribers.c.id == delivery_rows.c.subscriber_id
    is_recipient = select(subscribers.c.id).where(of_row, receives(bot_id=tx.bot_id, at=now)).exists()
    skipped = delivery_rows.c.run_id == run_id, delivery_rows.c.state == DeliveryState.SKIPPED, is_recipient
    reasons = delivery_rows.c.reason.in_((DeliveryReason.MISSED, DeliveryReason.UNSUBSCRIBED))
    values = {"state": DeliveryState.PENDING, "not_before": None, "reason": DeliveryReason.SEND_REQUESTED}
    await tx.execute(update(delivery_rows).where(*skipped, reasons).values(values))
