"""Withdrawals of editions: nothing of them is sent any more, nobody sees them, and a run takes back what was delivered.

edition withdrawn, its run and corrections ended → run of kind withdrawal → finished; published again: a run of its own
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import case, delete, func, insert, or_, select

from domain.delivery.correction import DELETED_UP_TO
from domain.delivery.progress import CardMessage
from domain.delivery.states import DeliveryState, RunKind, RunState, WaveState
from domain.delivery.withdrawal import WithdrawalOutlook
from domain.edition_day import calendar_day, slot_of
from domain.subscription.calendar import MAX_EDITION_AGE
from domain.subscription.due_runs import Publication, first_dues
from domain.subscription.subscriber import BY_HAND, LeftReason
from storage import bots, correction_runs, deliveries, digests, pins, runs, schedules
from storage import waves as wave_rows
from storage.database import Tx
from storage.payloads import DELETE_METHOD, PHOTOS_PART
from storage.runs import LIVE, Run
from storage.schema import deliveries as delivery_rows
from storage.schema import drafts, payloads, subscribers, waves
from storage.schema import runs as run_rows
from storage.withdrawal_figures import count_unknown

_IS_REACHABLE = or_(subscribers.c.active, subscribers.c.left_reason.in_((*BY_HAND, LeftReason.BLOCKED)))


async def outlook(tx: Tx, day: date, *, now: datetime) -> WithdrawalOutlook:
    """Return what a withdrawal of the edition of a day would find."""
    run = await runs.get_by_edition(tx, day)
    if run is None:
        return WithdrawalOutlook()
    if await tx.scalar(select(run_rows.c.counts).where(run_rows.c.id == run.id)):
        return WithdrawalOutlook(is_forgotten=True)
    run_ids = await correction_runs.chain(tx, run.id)
    key = delivery_rows.c.subscriber_id, delivery_rows.c.part
    of_message = delivery_rows.c.subscriber_id, delivery_rows.c.message_id
    newest = (
        select(
            delivery_rows.c.subscriber_id,
            delivery_rows.c.part,
            payloads.c.method,
            func.row_number().over(partition_by=key, order_by=delivery_rows.c.run_id.desc()).label("age"),
            func.min(delivery_rows.c.changed_at).over(partition_by=of_message).label("sent_at"),
            case((_IS_REACHABLE, 1), else_=0).label("is_reachable"),
        )
        .join_from(delivery_rows, payloads, payloads.c.id == delivery_rows.c.payload_id)
        .join(subscribers, subscribers.c.id == delivery_rows.c.subscriber_id)
        .where(
            delivery_rows.c.run_id.in_(run_ids),
            delivery_rows.c.state == DeliveryState.SENT,
            delivery_rows.c.message_id.is_not(None),
        )
        .subquery()
    )
    is_old = newest.c.sent_at <= now - DELETED_UP_TO
    people = newest.c.subscriber_id.distinct()
    figures = select(
        func.count(people),
        func.count().filter(newest.c.is_reachable == 1, or_(newest.c.sent_at.is_(None), ~is_old)),
        func.count().filter(newest.c.is_reachable == 1, is_old, newest.c.part < PHOTOS_PART),
        func.count(people).filter(newest.c.is_reachable == 0),
    )
    row = (await tx.execute(figures.where(newest.c.age == 1, newest.c.method != DELETE_METHOD))).one()
    return WithdrawalOutlook(
        people=row[0], young=row[1], old=row[2], out_of_reach=row[3], unconfirmed=await count_unknown(tx, run_ids)
    )


async def withdraw(
    tx: Tx, day: date, *, actor: int | None, now: datetime, card: CardMessage | None = None
) -> int | None:
    """Withdraw the edition of a day; return how many have it, or None except the first time.

    Claims are refused from this transaction on. `card` shows what becomes of the messages. A draft of the edition that
    is about to be published is dropped: it was confirmed before.
    """
    found = await outlook(tx, day, now=now)
    if not await digests.withdraw(tx, day, now=now):
        return None
    of_edition = drafts.c.bot_id == tx.bot_id, drafts.c.date == day.isoformat(), drafts.c.slot == slot_of(day)
    await tx.execute(delete(drafts).where(*of_edition, drafts.c.confirmed))
    run = await runs.get_by_edition(tx, day)
    if run is not None:
        await correction_runs.supersede(tx, run.id, RunState.DRAFT, *LIVE)
        await runs.withdraw(tx, run.id)
        await pins.withdraw(tx, day)
        if await deliveries.planned(tx, run.id):
            await _add_run(tx, run.id, day, actor=actor, now=now, card=card)
    return found.people


async def restore(tx: Tx, day: date, *, now: datetime, default_zone: str) -> bool:
    """Publish a withdrawn edition again, as it is stored; return False if it is not withdrawn.

    It goes out where it is still due, as one that was published at its former instant and came in now; also to those
    who had it. An older one is for reading only.
    """
    if not await digests.restore(tx, day):
        return False
    stored, restored_on = await digests.get_metadata(tx, day), await bots.restored_on(tx)
    is_unknown = restored_on is not None and calendar_day(day) <= restored_on
    if stored is None or is_unknown or stored.published <= now - MAX_EDITION_AGE:
        return True
    run_id = await runs.add_digest(tx, day, published=stored.published, upto=0)
    await runs.set_version(tx, run_id, stored.version, published=stored.published, upto=0)
    publication = Publication.of(day, stored.published, default_zone)
    await wave_rows.add(tx, run_id, first_dues(publication, await schedules.of_slot(tx, slot_of(day)), now))
    return True


async def newest(tx: Tx, day: date) -> Run | None:
    """Return the newest withdrawal of the edition of a day that had messages to take back."""
    withdrawals = run_rows.c.bot_id == tx.bot_id, run_rows.c.kind == RunKind.WITHDRAWAL
    of_edition = run_rows.c.date == day.isoformat(), run_rows.c.slot == slot_of(day)
    run_id = await tx.scalar(select(func.max(run_rows.c.id)).where(*withdrawals, *of_edition))
    return None if run_id is None else await runs.get(tx, run_id)


async def _add_run(
    tx: Tx, withdrawn_run_id: int, day: date, *, actor: int | None, now: datetime, card: CardMessage | None
) -> None:
    row = {
        "bot_id": tx.bot_id,
        "kind": RunKind.WITHDRAWAL,
        "date": day.isoformat(),
        "slot": slot_of(day),
        "version": 1,
        "state": RunState.RUNNING,
        "published_at": now,
        "actor": actor,
        "corrected_run_id": withdrawn_run_id,
        "card_chat_id": None if card is None else card.chat_id,
        "card_message_id": None if card is None else card.message_id,
    }
    run_id: int = (await tx.execute(insert(run_rows).values(row).returning(run_rows.c.id))).scalar_one()
    wave = {"run_id": run_id, "schedule_id": None, "due_at": now, "state": WaveState.WAITING}
    await tx.execute(insert(waves), [wave])
