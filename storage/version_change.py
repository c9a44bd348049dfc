"""The newer version of an edition on its way: rows of recipients who have had no part take it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, bindparam, func, select

from domain.delivery.reasons import DeliveryReason
from storage.database import Tx
from storage.planning import select_rows
from storage.predicates import IS_PENDING, MAY_HAVE_ARRIVED
from storage.replaced_rows import skip_rows, write_rows
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


async def apply(
    tx: Tx, run_id: int, version: int, subscriber_ids: Collection[int], *, by_preferences: bool, now: datetime
) -> None:
    """Give recipients who wait for their first part the payloads of a version, by their content preferences or all.

    Its further parts get rows; rows of parts that it does not have are skipped.
    """
    values = {"run": run_id, "version": version, "now": now}
    values["subscribers"] = await waiting_recipients(tx, run_id, subscriber_ids)
    await tx.execute(write_rows(tx, _ROWS if by_preferences else _ROWS_OF_ALL), values)
    await tx.execute(_SKIP_OTHERS, values)


_WAITING = subscribers.c.id.in_(bindparam("subscribers", expanding=True))
_ROWS = select_rows(by_preferences=True).where(_WAITING)
_ROWS_OF_ALL = select_rows(by_preferences=False).where(_WAITING)
_OF_VERSION = and_(payloads.c.run_id == bindparam("run"), payloads.c.version == bindparam("version"))
_SKIP_OTHERS = skip_rows(
    deliveries.c.subscriber_id.in_(bindparam("subscribers", expanding=True)),
    payloads_kept=_OF_VERSION,
    reason=DeliveryReason.CORRECTED,
)
