"""Corrections of an edition on its way: rows of recipients who have had no part take the run's current version."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, bindparam, func, select, update

from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState
from storage import upsert
from storage.database import Tx
from storage.planning import ROW_COLUMNS, select_rows
from storage.predicates import IS_PENDING, MAY_HAVE_ARRIVED
from storage.schema import deliveries, payloads, subscribers


async def waiting_recipients(tx: Tx, run_id: int, subscriber_ids: Collection[int]) -> list[int]:
    """Return which of a run's recipients wait for their first part: one is pending, and none may have arrived."""
    waits = (
        select(deliveries.c.subscriber_id)
        .where(deliveries.c.run_id == run_id, deliveries.c.subscriber_id.in_(subscriber_ids))
        .group_by(deliveries.c.subscriber_id)
        .having(func.count().filter(IS_PENDING) > 0, func.count().filter(MAY_HAVE_ARRIVED) == 0)
    )
    return list(await tx.scalars(waits))


async def apply(tx: Tx, run_id: int, version: int, subscriber_ids: Collection[int], *, now: datetime) -> None:
    """Give recipients who wait for their first part the payloads of a version.

    Its further parts get rows; rows of parts that it does not have are skipped.
    """
    values = {"run": run_id, "version": version, "now": now}
    values["subscribers"] = await waiting_recipients(tx, run_id, subscriber_ids)
    insert = upsert.insert(tx, deliveries)
    replaced = {
        "content_id": insert.excluded.content_id,
        "payload_id": insert.excluded.payload_id,
        "state": DeliveryState.PENDING,
        "reason": None,
        "error": None,
        "not_before": None,
    }
    key = list(deliveries.primary_key)
    rows = insert.from_select(ROW_COLUMNS, _ROWS).on_conflict_do_update(index_elements=key, set_=replaced)
    await tx.execute(rows, values)
    await tx.execute(_SKIP_OTHERS, values)


_ROWS = select_rows(by_preferences=True).where(subscribers.c.id.in_(bindparam("subscribers", expanding=True)))
_OF_VERSION = and_(payloads.c.run_id == bindparam("run"), payloads.c.version == bindparam("version"))
_SKIP_OTHERS = (
    update(deliveries)
    .where(
        deliveries.c.run_id == bindparam("run"),
        deliveries.c.subscriber_id.in_(bindparam("subscribers", expanding=True)),
        deliveries.c.payload_id.not_in(select(payloads.c.id).where(_OF_VERSION)),
        IS_PENDING,
    )
    .values(
        state=DeliveryState.SKIPPED,
        reason=DeliveryReason.CORRECTED,
        error=None,
        not_before=None,
        changed_at=bindparam("now"),
    )
)
