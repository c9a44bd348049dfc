"""Figures of withdrawals: what became of the messages of an edition that was withdrawn."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, func, or_, select

from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState
from domain.delivery.withdrawal import WithdrawalFigures
from storage.database import Tx
from storage.payloads import DELETE_METHOD
from storage.predicates import IS_IN_FLIGHT, IS_PENDING, IS_UNCONFIRMED
from storage.schema import deliveries, payloads, runs


async def figures(tx: Tx, run_id: int, withdrawn_run_id: int) -> WithdrawalFigures:
    """Return what became of the messages that a withdrawal takes back; a message that was gone counts as deleted."""
    is_deletion, is_done = payloads.c.method == DELETE_METHOD, deliveries.c.state == DeliveryState.SENT
    is_gone = func.coalesce(deliveries.c.reason, "") == DeliveryReason.MESSAGE_GONE
    is_left_behind = func.coalesce(deliveries.c.reason, "") == DeliveryReason.CHAT_MIGRATED  # counted by what was sent
    is_refused = (deliveries.c.state == DeliveryState.FAILED) & ~is_gone
    counted = (
        select(
            func.count().filter(or_(is_done & is_deletion, is_gone)),
            func.count().filter(is_done & ~is_deletion),
            func.count().filter(IS_PENDING | IS_IN_FLIGHT),
            func.count().filter(or_(is_refused, deliveries.c.state == DeliveryState.SKIPPED), ~is_left_behind),
        )
        .join_from(deliveries, payloads, payloads.c.id == deliveries.c.payload_id)
        .where(deliveries.c.run_id == run_id)
    )
    row = (await tx.execute(counted)).one()
    of_edition = or_(runs.c.id == withdrawn_run_id, runs.c.corrected_run_id == withdrawn_run_id)
    run_ids = await tx.scalars(select(runs.c.id).where(runs.c.bot_id == tx.bot_id, of_edition))
    chain = list(run_ids)
    unconfirmed = await count_unknown(tx, chain)
    kept = row[3] + await _count_left_behind(tx, run_id, [each for each in chain if each != run_id])
    return WithdrawalFigures(deleted=row[0], edited=row[1], to_go=row[2], kept=kept, unconfirmed=unconfirmed)


async def _count_left_behind(tx: Tx, run_id: int, run_ids: Collection[int]) -> int:
    """Return how many messages of an edition's runs were left in groups that became supergroups before a withdrawal."""
    taken_back = deliveries.alias("taken_back")
    is_taken_back = and_(
        taken_back.c.run_id == run_id,
        taken_back.c.subscriber_id == deliveries.c.subscriber_id,
        taken_back.c.part == deliveries.c.part,
        taken_back.c.state == DeliveryState.SENT,
    )
    left = (
        select(deliveries.c.subscriber_id, deliveries.c.part)
        .where(
            deliveries.c.run_id.in_(run_ids),
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.message_id.is_(None),
            deliveries.c.reason == DeliveryReason.CHAT_MIGRATED,
            ~select(taken_back.c.run_id).where(is_taken_back).exists(),
        )
        .distinct()
        .subquery()
    )
    return await tx.scalar(select(func.count()).select_from(left)) or 0


async def count_unknown(tx: Tx, run_ids: Collection[int]) -> int:
    """Return how many messages of some runs may have arrived that have no known id."""
    unknown = deliveries.c.run_id.in_(run_ids), IS_UNCONFIRMED, deliveries.c.message_id.is_(None)
    return await tx.scalar(select(func.count()).where(*unknown)) or 0
